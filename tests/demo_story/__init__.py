"""The story that `./demo` tells: a community on one machine, by the commands a person types."""
