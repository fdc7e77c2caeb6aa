"""What both command lines share: words in, words out."""
