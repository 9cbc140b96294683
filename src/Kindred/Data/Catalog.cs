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

    /// <returns>The text a person would call the row by — its title or name — or null.</returns>
    public string? TitleOf(int row)
    {
        foreach (string name in TitleNames)
            if (Texts.TryGetValue(name, out var column) && column.Values[row] is { Length: > 0 } title) return title;
        return null;
    }

    private static readonly string[] TitleNames = ["title", "name", "label", "headline", "product_name", "product_title"];

    public void Save(TensorWriter writer)
    {
        writer.AddText("rows", Count.ToString());
        writer.AddText("texts", JsonSerializer.Serialize(Texts.Keys));
        writer.AddText("numbers", JsonSerializer.Serialize(Numbers.Keys));
        writer.AddText("labels", JsonSerializer.Serialize(Labels.Keys));
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
        string[] Names(string kind) => JsonSerializer.Deserialize<string[]>(file.Text(kind))!; // a column may be called anything
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
}
