"""The bell: Dramatiq actors, the broker behind them, and the workers that answer. The queue itself is in the database."""
