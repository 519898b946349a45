"""Read a table out of a file that a stranger made. Runs in a child process of its own and imports nothing of Perennial.

In:   a workbook (.xlsx .xls) or a text table (.csv .txt), and what the person chose (sheet, header row, encoding)
Out:  `rows.csv`, one line per filled row: the row number in the file, then each cell as exact text without the
      blanks around it; `about.json`
Read in this order: __main__ (limits, which reader), layout (header, widths), text (CSV), book (workbooks), and for what
the workbook library hides or dies of: package (.xlsx) and compound (.xls).
"""
