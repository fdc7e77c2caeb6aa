"""The pages' handlers, a module for each place."""
