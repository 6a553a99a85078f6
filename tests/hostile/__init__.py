"""Files made to mislead, to hide, to run or to cost, built in memory, and how each has to end. Small and bounded, nobody's documents."""
