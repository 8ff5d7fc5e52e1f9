"""Which passages come first."""
