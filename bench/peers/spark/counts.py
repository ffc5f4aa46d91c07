# Counts pages, words or lines with Spark. Parameters: what is counted, input, output folder, scratch folder.
import sys

from pyspark.sql import SparkSession
from pyspark.sql.functions import col, explode, split

counted, source, output, scratch = sys.argv[1:5]
session = (
    SparkSession.builder.master("local[2]")
    .config("spark.ui.enabled", "false")
    .config("spark.sql.shuffle.partitions", "2")
    .config("spark.local.dir", scratch)
    .getOrCreate()
)
lines = session.read.text(source)
keys = {
    "page": split(col("value"), " ")[6],
    "word": explode(split(col("value"), " ")),
    "line": col("value"),
}
lines.select(keys[counted].alias("key")).groupBy("key").count().write.csv(output)
session.stop()
