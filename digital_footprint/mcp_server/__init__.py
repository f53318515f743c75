"""The MCP server: what an assistant may see of a household, and the little that it may do."""
