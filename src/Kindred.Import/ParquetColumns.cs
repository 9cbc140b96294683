using System.Text.RegularExpressions;

namespace Kindred.Import;

/// <summary>The columns of a Parquet file, with structs taken apart as objects of JSON are: <c>user.id</c>.</summary>
internal static partial class ParquetColumns
{
    private const int DeepestName = 5;

    /// <exception cref="InputException">The file is damaged.</exception>
    public static Table TableOf(DuckDbSession engine, SourceFile file)
    {
        try
        {
            var columns = new List<TableColumn>();
            foreach (var column in engine.Rows(
                $"SELECT column_name, column_type FROM (DESCRIBE SELECT * FROM {Sql.Parquet(file.ReadPath)})"))
                Add(columns, column[0]!, Sql.Identifier(column[0]!), column[1]!, null, 0);
            return new(file, TableFormat.Parquet, Dialect.Lines, 0, false, columns);
        }
        catch (EngineException e) { throw new InputException($"{file.Path} is not a readable Parquet file: {e.FirstLine}."); }
    }

    private static void Add(List<TableColumn> columns, string name, string expression, string type, string? list, int depth)
    {
        if (type.EndsWith("[]", StringComparison.Ordinal) && list is null && depth == 0)
        {
            string element = type[..^2];
            if (!element.StartsWith("STRUCT(", StringComparison.Ordinal)) columns.Add(new(name, TextOf(expression, type), List: name));
            else Add(columns, name, expression, element, name, depth);
        }
        else if (type.StartsWith("STRUCT(", StringComparison.Ordinal) && depth < DeepestName && FieldsOf(type) is { Count: > 0 } fields)
        {
            foreach (var (field, inner) in fields)
                Add(columns, $"{name}.{field}", $"{expression}.{Sql.Identifier(field)}", inner, list, depth + 1);
        }
        else columns.Add(new(name, TextOf(expression, type), List: list));
    }

    /// <returns>The fields of <c>STRUCT(id BIGINT, "first name" VARCHAR, at STRUCT(x INTEGER))</c>.</returns>
    private static List<(string Name, string Type)> FieldsOf(string type)
    {
        string inside = type["STRUCT(".Length..^1];
        var fields = new List<(string, string)>();
        for (int position = 0; position < inside.Length;)
        {
            var name = FieldName().Match(inside, position);
            if (!name.Success) return [];
            int start = name.Index + name.Length, end = start, depth = 0;
            for (; end < inside.Length && (depth > 0 || inside[end] != ','); end++)
                depth += inside[end] == '(' ? 1 : inside[end] == ')' ? -1 : 0;
            string text = name.Groups[1].Success ? name.Groups[1].Value.Replace("\"\"", "\"", StringComparison.Ordinal)
                : name.Groups[2].Value;
            fields.Add((text, inside[start..end].Trim()));
            position = end + 1;
        }
        return fields;
    }

    private static string TextOf(string expression, string type) =>
        type.EndsWith(']') || type.StartsWith("STRUCT", StringComparison.Ordinal) || type.StartsWith("MAP", StringComparison.Ordinal)
            ? $"CAST(to_json({expression}) AS VARCHAR)"
            : $"CAST({expression} AS VARCHAR)";

    [GeneratedRegex("""\G\s*(?:"((?:[^"]|"")*)"|(\w+))\s+""")]
    private static partial Regex FieldName();
}
