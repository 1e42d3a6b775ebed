"""Do all tables of scores say the same? ``… same_scores FILE FILE…`` prints {"customers", "different"}."""

import json
import sys

import duckdb


def main() -> None:
    first, *others = sys.argv[1:]
    with duckdb.connect() as connection:
        ((customers,),) = connection.sql(f"SELECT count(*) FROM '{first}'").fetchall()
        different = 0
        for other in others:
            for one, two in ((first, other), (other, first)):
                query = f"SELECT count(*) FROM (SELECT * FROM '{one}' EXCEPT ALL SELECT * FROM '{two}')"
                ((rows,),) = connection.sql(query).fetchall()
                different += rows
    print(json.dumps({"customers": customers, "different": different}))


if __name__ == "__main__":
    main()
