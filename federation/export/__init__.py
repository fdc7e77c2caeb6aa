"""Ledgers written for other programs: CSV, hledger, beancount, JSON lines."""
