"""The commands of `cityeval`, by subject; importing a module adds its commands to the application."""
