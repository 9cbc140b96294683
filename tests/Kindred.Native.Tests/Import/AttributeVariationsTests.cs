using Kindred.Import;

namespace Kindred.Native.Tests.Import;

/// <summary>Tables about items as people have them.</summary>
public sealed class AttributeVariationsTests : IDisposable
{
    private static readonly string[][] Labels =
        [["Drama", "School"], ["Sci-Fi"], ["Comedy", "Drama", "Sci-Fi"], ["School"], ["Comedy", "School"], ["Drama"], ["Sci-Fi",
            "School"], ["Drama", "Comedy"]];

    private readonly ImportSandbox _box = new();

    public void Dispose() => _box.Dispose();

    [Theory]
    [InlineData(" / ")]
    [InlineData("::")]
    [InlineData(" > ")]
    [InlineData("·")]
    [InlineData(" + ")]
    [InlineData("#")]
    public void Labels_are_taken_apart(string separator)
    {
        Import("genres", n => string.Join(separator, Labels[n]));
        Assert.Equal(["Comedy", "Drama", "School", "Sci-Fi"], LabelsOf("genres"));
    }

    [Theory]
    [InlineData("[{{'id': 1, 'name': '{0}'}}, {{'id': 2, 'name': u'More'}}]")]
    [InlineData("[{{\"id\": 1, \"name\": \"{0}\"}}, {{\"id\": 2, \"name\": \"More\"}}]")]
    [InlineData("{{{0},More}}")]
    [InlineData("['{0}' 'More']")]
    public void Lists_of_other_programs_are_labels(string form)
    {
        Import("genres", n => string.Format(form, Labels[n][0]));
        Assert.Equal(["Comedy", "Drama", "More", "School", "Sci-Fi"], LabelsOf("genres"));
    }

    [Theory]
    [InlineData("[ 0.{0}1 -0.5\n  2.  ]")]
    [InlineData("0.{0}1 -0.5 2.0")]
    [InlineData("0.{0}1;-0.5;2.0")]
    [InlineData("0.{0}1|-0.5|2.0")]
    [InlineData("{{0.{0}1,-0.5,2}}")]
    public void Vectors_are_read_as_programs_write_them(string form)
    {
        Import("vector", n => string.Format(form, n));
        Assert.Equal(.31f, _box.Result.ItemCatalog.Numbers["vector.0"].Values.Span[3]);
        Assert.Equal([-.5f, 2f], new[] { "vector.1", "vector.2" }.Select(c => _box.Result.ItemCatalog.Numbers[c].Values.Span[3]));
    }

    [Fact]
    public void What_is_called_a_vector_may_hold_whole_numbers()
    {
        Import("embedding", n => $"[1, 0, {n}]");
        Assert.Equal(3, _box.Result.ItemCatalog.Numbers["embedding.2"].Values.Span[3]);
    }

    [Fact]
    public void Ids_that_pandas_wrote_with_a_fraction_match()
    {
        Import("title", n => $"Film {n}", n => $"{300 + n}.0");
        Assert.Equal("Film 3", _box.Result.ItemCatalog.TitleOf(3));
    }

    [Fact]
    public void Ids_that_are_written_otherwise_are_asked_about_and_match()
    {
        string warning = Assert.Single(Import("title", n => $"Film {n}", n => $"00{300 + n}").Warnings);
        Assert.EndsWith("such as 00300 for 300? --fold-ids takes them for the same.", warning, StringComparison.Ordinal);
        Assert.Empty(Import("title", n => $"Film {n}", n => $"00{300 + n}", fold: true).Warnings);
        Assert.Equal("Film 3", _box.Result.ItemCatalog.TitleOf(3));
    }

    [Fact]
    public void Codes_that_differ_in_all_rows_are_neither_labels_nor_a_title()
    {
        var summary = Import("Bezeichnung\tproductId", n => $"Film {n}\tP{n}");
        Assert.Empty(summary.Warnings);
        Assert.Equal("Film 3", _box.Result.ItemCatalog.TitleOf(3));
    }

    [Fact]
    public void Several_texts_leave_the_title_to_a_person() => Assert.Contains(
        "None of Kurztext, Langtext is taken for the title; --title names one.",
        Import("Kurztext\tLangtext", n => $"Film {n}\tA long text about what film {n} is").Notes);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_bad_cell_is_named_by_file_and_line(bool quoted) => Assert.Contains("but 'cheap' in items.tsv, line 7 (item 305) is "
        + "none", Assert.Single(
        Import("price", n => n == 5 ? "cheap" : quoted ? $"\"{n}.5\"" : $"{n}.5").Warnings), StringComparison.Ordinal);

    private IEnumerable<string> LabelsOf(string column) => _box.Result.ItemCatalog.Labels[column].Labels is var labels
        ? Enumerable.Range(0, labels.Count).Select(labels.Id).Order(StringComparer.Ordinal) : [];

    private ImportSummary Import(string columns, Func<int, string> cells, Func<int, string>? id = null, bool fold = false)
    {
        string events = _box.Write("events.csv", "user,item\n" + string.Concat(Enumerable.Range(0, 40).Select(n =>
            $"u{n % 5},{300 + (n % 8)}\n")));
        string Cell(string text) => text.Contains('\n') ? $"\"{text}\"" : text;
        string items = _box.Write("items.tsv", $"item\t{columns}\n"
            + string.Concat(Enumerable.Range(0, 8).Select(n => $"{(id ?? (m => $"{300 + m}"))(n)}\t{Cell(cells(n))}\n")));
        return _box.Import(new ImportOptions { Sources = [events], ItemAttributes = [items], FoldIds = fold });
    }
}
