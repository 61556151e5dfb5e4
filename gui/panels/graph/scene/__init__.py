"""The drawn graph: its items, few or many, frames around them, and what moves."""
