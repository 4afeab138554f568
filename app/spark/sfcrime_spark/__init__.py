"""The query of sfcrime-tui on Spark Structured Streaming. PROTOCOL.md beside this folder says what it writes where."""
