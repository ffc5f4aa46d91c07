# Counts pages, words or lines with DuckDB. Parameters: what is counted, input, output, folder to spill to, memory limit or nothing.
import sys

import duckdb

counted, source, output, scratch, memory_limit = sys.argv[1:6]
connection = duckdb.connect(config={"threads": 2, "temp_directory": scratch, "preserve_insertion_order": False})
if memory_limit:
    connection.execute(f"SET memory_limit = '{memory_limit}'")



def rows(delimiter, columns):
    named = ", ".join(f"'{column}': 'VARCHAR'" for column in columns)
    return f"read_csv('{source}', header = false, auto_detect = false, delim = '{delimiter}', quote = '', escape = '', columns = {{{named}}})"


# A delimiter that no line contains makes each line one column. Cut at the quotes of the log, its second column is the request: the fastest of
# four ways that were tried (split_part of the line, a regular expression, and spaces with quotes take 1.1 to 3 times as long).
lines = rows("\x01", ["line"])
log = rows('"', ["before", "request", "status", "referrer", "between", "browser", "rest"])
keys = {
    "page": f"SELECT split_part(request, ' ', 2) AS key FROM {log}",
    "word": f"SELECT unnest(string_split(line, ' ')) AS key FROM {lines}",
    "line": f"SELECT line AS key FROM {lines}",
}
connection.execute(
    f"COPY (SELECT key, count(*) AS count FROM ({keys[counted]}) GROUP BY key) TO '{output}' (FORMAT csv, HEADER false, QUOTE '')"
)
