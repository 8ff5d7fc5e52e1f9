"""Where a figure is used, and one change of it carried into every article that states it."""
