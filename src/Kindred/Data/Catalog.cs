using System.Text.Json;
using Kindred.Storage;

namespace Kindred.Data;

/// <summary>What is known about items (or users) beside who touched them: a row per index of a vocabulary, in columns. Immutable.</summary>
/// <param name="Count">Rows, equal to the vocabulary's count.</param>
public sealed record Catalog(
    int Count,
    IReadOnlyDictionary<string, TextColumn> Texts,
    IReadOnlyDictionary<string, NumberColumn> Numbers,
    IReadOnlyDictionary<string, LabelColumn> Labels)
{
    /// <returns>No columns.</returns>
    public static Catalog Empty(int count) =>
        new(count, new Dictionary<string, TextColumn>(), new Dictionary<string, NumberColumn>(), new Dictionary<string, LabelColumn>());

    /// <summary>True when there are no columns.</summary>
    public bool IsEmpty => Texts.Count + Numbers.Count + Labels.Count == 0;

    private static readonly string[] UsualLabels = ["genres", "genre", "categories", "category", "labels", "tags"];

    /// <summary>
    /// The labels that say most of what something is: those of a usual name, else those that most have, of equal ones those with more
    /// labels; null: there are none of which two differ.
    /// </summary>
    internal string? MainLabels
    {
        get
        {
            string[] telling = [.. Labels.Where(column => column.Value.Labels.Count > 1).Select(column => column.Key)];
            return UsualLabels.FirstOrDefault(telling.Contains) ?? telling.OrderByDescending(name => Rows(Labels[name]))
                .ThenByDescending(name => Labels[name].Labels.Count).ThenBy(name => name, StringComparer.Ordinal).FirstOrDefault();

            static int Rows(LabelColumn column) =>
                Enumerable.Range(0, column.Starts.Length - 1).Count(row => !column[row].IsEmpty);
        }
    }

    /// <param name="whose">"items" or "users", for the sentence.</param>
    /// <exception cref="InputException">There is no such column of labels.</exception>
    internal LabelColumn LabelsNamed(string name, string whose) => Labels.TryGetValue(name, out var column) ? column
        : throw new InputException(Labels.Count == 0
            ? $"There is no column of labels '{name}': the {whose} of these data have none."
            : $"There is no column of labels '{name}' of the {whose}{Spelling.Hint(name, [.. Labels.Keys])}");

    /// <returns>The rows that <paramref name="keep"/> marks.</returns>
    /// <param name="keep">[rows]</param>
    public Catalog Where(ReadOnlySpan<bool> keep)
    {
        if (keep.Length != Count)
            throw new ArgumentException($"Expected a mark for each of {Count} rows, got {keep.Length}.", nameof(keep));
        int[] rows = new int[keep.Count(true)];
        for (int row = 0, n = 0; row < keep.Length; row++) if (keep[row]) rows[n++] = row;
        return new(
            rows.Length,
            Texts.ToDictionary(c => c.Key, c => new TextColumn(StringTable.From([.. rows.Select(row => c.Value.Values[row])]))),
            Numbers.ToDictionary(c => c.Key, c => new NumberColumn(rows.Select(row => c.Value.Values.Span[row]).ToArray())),
            Labels.ToDictionary(c => c.Key, c => c.Value.Of(rows)));
    }

    /// <returns>The text a person would call the row by — its title or name — or null.</returns>
    public string? TitleOf(int row)
    {
        foreach (string name in TitleNames)
            if (Texts.TryGetValue(name, out var column) && column.Values[row] is { Length: > 0 } title) return title;
        return null;
    }

    /// <summary>Columns of numbers, those of one vector together: clip.0, clip.1, … are clip.</summary>
    internal IEnumerable<(string Name, int Length)> NumbersAndVectors =>
        Numbers.Keys.GroupBy(column => VectorOf(column) ?? column, (name, columns) => (name, columns.Count()));

    /// <returns>The vector that a column is a number of, such as clip for clip.17; null: it is none of any.</returns>
    internal static string? VectorOf(string column)
    {
        int point = column.LastIndexOf('.');
        return point > 0 && point < column.Length - 1 && !column.AsSpan(point + 1).ContainsAnyExceptInRange('0', '9')
            ? column[..point] : null;
    }

    /// <returns>[rows]: what some columns say in words, one after the other, such as "Heat. Crime, Drama"; "" where they say
    /// nothing.</returns>
    /// <exception cref="InputException">There is no such column of texts or labels.</exception>
    internal IReadOnlyList<string> TextsOf(IReadOnlyList<string> columns)
    {
        foreach (string column in columns)
            if (!Texts.ContainsKey(column) && !Labels.ContainsKey(column))
                throw new InputException(Numbers.ContainsKey(column) ? $"The column '{column}' holds numbers, not words; leave it out."
                    : $"There is no column '{column}' of texts or labels{Spelling.Hint(column, [.. Texts.Keys, .. Labels.Keys])}");
        return [.. Enumerable.Range(0, Count).Select(row => string.Join(". ", columns
            .Select(column => Texts.TryGetValue(column, out var texts) ? texts.Values[row]
                : string.Join(", ", Labels[column][row].ToArray().Select(Labels[column].Labels.Id)))
            .Where(words => words.Length > 0)))];
    }

    /// <returns>With a vector for each row, as columns of numbers name.0, name.1, …, in place of those of that name.</returns>
    /// <param name="vectors">[rows], all of one length; null: unknown.</param>
    internal Catalog WithVectors(string name, IReadOnlyList<float[]?> vectors)
    {
        if (vectors.Count != Count) throw new ArgumentException($"{vectors.Count} vectors for {Count} rows.", nameof(vectors));
        var numbers = Numbers.Where(column => VectorOf(column.Key) != name).ToDictionary();
        for (int n = 0; n < (vectors.FirstOrDefault(vector => vector is not null)?.Length ?? 0); n++)
            numbers.Add($"{name}.{n}", new(vectors.Select(vector => vector is null ? float.NaN : vector[n]).ToArray()));
        return this with { Numbers = numbers };
    }

    private static readonly string[] TitleNames = ["title", "name", "label", "headline", "product_name", "product_title"];

    public void Save(TensorWriter writer)
    {
        writer.AddText("rows", Count.ToString());
        writer.AddText("texts", JsonSerializer.Serialize([.. Texts.Keys], StorageJson.Default.StringArray));
        writer.AddText("numbers", JsonSerializer.Serialize([.. Numbers.Keys], StorageJson.Default.StringArray));
        writer.AddText("labels", JsonSerializer.Serialize([.. Labels.Keys], StorageJson.Default.StringArray));
        foreach (var (name, column) in Texts) column.Values.Save(writer, $"text.{name}");
        foreach (var (name, column) in Numbers) writer.Add($"number.{name}", column.Values);
        foreach (var (name, column) in Labels)
        {
            writer.Add($"label.{name}.rows", column.Starts);
            writer.Add($"label.{name}.labels", column.Rows);
            column.Labels.Save(writer, $"label.{name}.vocabulary");
        }
    }

    public static Catalog Load(TensorFile file)
    {
        // a column may be called anything
        string[] Names(string kind) => JsonSerializer.Deserialize(file.Text(kind), StorageJson.Default.StringArray)!;
        return new(
            int.Parse(file.Text("rows")),
            Names("texts").ToDictionary(n => n, n => new TextColumn(StringTable.Load(file, $"text.{n}"))),
            Names("numbers").ToDictionary(n => n, n => new NumberColumn(file.Array<float>($"number.{n}"))),
            Names("labels").ToDictionary(n => n, n => new LabelColumn(
                file.Array<int>($"label.{n}.rows"), file.Array<int>($"label.{n}.labels"), Vocabulary.Load(file, $"label.{n}.vocabulary"))));
    }
}

/// <summary>Free text; "" where unknown.</summary>
/// <param name="Values">[rows]</param>
public sealed record TextColumn(StringTable Values);

/// <summary>A number; NaN where unknown.</summary>
/// <param name="Values">[rows]</param>
public sealed record NumberColumn(ReadOnlyMemory<float> Values);

/// <summary>Any number of labels a row: a category is a row with one, an unknown one has none.</summary>
/// <param name="Starts">[rows + 1]</param>
/// <param name="Rows">[Starts[rows]], indices into <paramref name="Labels"/>.</param>
public sealed record LabelColumn(ReadOnlyMemory<int> Starts, ReadOnlyMemory<int> Rows, Vocabulary Labels)
{
    /// <returns>The row's labels, as indices.</returns>
    public ReadOnlySpan<int> this[int row] => Rows.Span[Starts.Span[row]..Starts.Span[row + 1]];

    /// <returns>A column of categories: one label a row, none where it is null.</returns>
    /// <param name="values">[rows]</param>
    public static LabelColumn From(IReadOnlyList<string?> values) =>
        From([.. values.Select(value => value is null ? Array.Empty<string>() : [value])]);

    /// <returns>A column of any number of labels a row; labels are numbered as they first occur.</returns>
    /// <param name="values">[rows][labels of the row]</param>
    public static LabelColumn From(IReadOnlyList<IReadOnlyList<string>> values)
    {
        var numbers = new Dictionary<string, int>(StringComparer.Ordinal);
        var starts = new int[values.Count + 1];
        var rows = new List<int>();
        for (int row = 0; row < values.Count; row++)
        {
            foreach (string label in values[row])
            {
                if (!numbers.TryGetValue(label, out int number)) numbers.Add(label, number = numbers.Count);
                rows.Add(number);
            }
            starts[row + 1] = rows.Count;
        }
        return new(starts, rows.ToArray(), new Vocabulary([.. numbers.OrderBy(n => n.Value).Select(n => n.Key)]));
    }

    /// <returns>The column with these rows alone, on the same labels.</returns>
    internal LabelColumn Of(ReadOnlySpan<int> rows)
    {
        var starts = new int[rows.Length + 1];
        for (int n = 0; n < rows.Length; n++) starts[n + 1] = starts[n] + this[rows[n]].Length;
        var labels = new int[starts[^1]];
        for (int n = 0; n < rows.Length; n++) this[rows[n]].CopyTo(labels.AsSpan(starts[n]));
        return new(starts, labels, Labels);
    }
}
