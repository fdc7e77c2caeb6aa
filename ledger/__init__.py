"""What a change means and what follows from it: the rules, the journal and the books."""
