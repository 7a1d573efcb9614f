"""Pure functions from read models to what a screen shows; they touch no database and no request."""
