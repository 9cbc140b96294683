using System.Globalization;
using CsCheck;
using Kindred.Data;
using Kindred.Numerics;

namespace Kindred.Tests.Data;

public sealed class CatalogFilterTests
{
    /// <summary>r0: Comedy, Drama, 1990; r1: Horror, 1995.5; r2: no labels, year unknown; r3: Drama, 2001; r4: Sci|Fi, −3.</summary>
    private static readonly Catalog Films = Catalog.Empty(5) with
    {
        Texts = new Dictionary<string, TextColumn> { ["title"] = new(StringTable.From(["a", "b", "c", "d", "e"])) },
        Labels =
            new Dictionary<string, LabelColumn>
            {
                ["genres"] =
                LabelColumn.From([["Comedy", "Drama"], ["Horror"], [], ["Drama"], ["Sci|Fi"]])
            },
        Numbers = new Dictionary<string, NumberColumn> { ["year"] = new(new[] { 1990, 1995.5f, float.NaN, 2001, -3 }) },
    };

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private static BitSet? Of(FilterCache filters, string[] texts, int[]? deny = null, int[]? allow = null) =>
        filters.Of(texts, deny, allow, Cancellation);

    private static int[] RowsOf(BitSet? set) => [.. Enumerable.Range(0, 5).Where(row => set is null || set.Contains(row))];

    private static int[] RowsOf(string text) => RowsOf(CatalogFilter.Parse(text, Films).RowsOf(Films, Cancellation));

    [Theory]
    [InlineData("genres=Comedy", 0)]
    [InlineData("genres = Horror | Comedy", 0, 1)]
    [InlineData("genres=Drama", 0, 3)]
    [InlineData("genres!=Drama", 1, 2, 4)] // what has no label has not this one
    [InlineData("genres!=Drama|Horror", 2, 4)]
    [InlineData("genres=Sci|Fi", 4)] // a label that holds what separates labels
    [InlineData("year>=1990", 0, 1, 3)]
    [InlineData("year>1990", 1, 3)]
    [InlineData("year<=1990", 0, 4)]
    [InlineData("year<1990", 4)]
    [InlineData("year=1995.5", 1)]
    [InlineData("year=-3|2001", 3, 4)]
    [InlineData("year=1990..1999", 0, 1)]
    [InlineData("year=1991..", 1, 3)]
    [InlineData("year=..-3", 4)]
    [InlineData("year!=1990..1999", 2, 3, 4)] // an unknown year is not in the range
    [InlineData("year=..0|2000..", 3, 4)]
    public void A_condition_keeps_the_rows_that_meet_it(string text, params int[] rows) => Assert.Equal(rows, RowsOf(text));

    [Theory]
    [InlineData("genre=Drama", "There is no attribute 'genre' to filter by; there are genres (labels), year (number).")]
    [InlineData("title=a", "There is no attribute 'title' to filter by; there are genres (labels), year (number).")]
    [InlineData("genres=drama", "genres has no label 'drama'; there are Comedy, Drama, Horror, Sci|Fi.")]
    [InlineData("genres=Drama|", "genres has no label ''; there are Comedy, Drama, Horror, Sci|Fi.")]
    [InlineData("genres>=Drama",
        "'genres>=Drama' cannot be asked: genres has labels, which have no order; write genres=label or genres!=label.")]
    [InlineData("year>=new", "'new' in 'year>=new' is not a number; write such as year>=1990 or year=1990..1999.")]
    [InlineData("year=NaN", "'NaN' in 'year=NaN' is not a number; write such as year>=1990 or year=1990..1999.")]
    [InlineData("year=..", "'year=..' has a range without ends; write from..to, from.. or ..to.")]
    [InlineData("year=1999..1990", "'year=1999..1990' has a range that ends before it begins; write the smaller number first.")]
    [InlineData("year", "'year' is not a condition; write attribute=label|label, attribute!=label, attribute>=number or " +
        "attribute=from..to.")]
    [InlineData("=3", "'=3' is not a condition; write attribute=label|label, attribute!=label, attribute>=number or attribute=from..to.")]
    [InlineData("year=", "'year=' is not a condition; write attribute=label|label, attribute!=label, attribute>=number or " +
        "attribute=from..to.")]
    [InlineData("", "'' is not a condition; write attribute=label|label, attribute!=label, attribute>=number or attribute=from..to.")]
    public void What_cannot_be_asked_is_said_in_a_sentence(string text, string sentence) =>
        Assert.Equal(sentence, Assert.Throws<InputException>(() => CatalogFilter.Parse(text, Films)).Message);

    [Fact]
    public void Many_labels_are_not_all_listed()
    {
        var labels = LabelColumn.From([.. Enumerable.Range(0, 25).Select(n => (string?)$"l{n}")]);
        var catalog = Catalog.Empty(25) with { Labels = new Dictionary<string, LabelColumn> { ["tag"] = labels } };
        Assert.EndsWith("l18, l19 and 5 more.", Assert.Throws<InputException>(() => CatalogFilter.Parse("tag=x", catalog)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_catalog_without_attributes_says_so() => Assert.Equal(
        "There is no attribute 'year' to filter by; nothing but titles and texts is known of the items.",
        Assert.Throws<InputException>(() => CatalogFilter.Parse("year>3", Catalog.Empty(2))).Message);

    [Fact]
    public void All_conditions_must_be_met_and_rows_allowed_and_not_denied()
    {
        var filters = new FilterCache(Films);
        Assert.Null(Of(filters, []));
        Assert.Equal([0], RowsOf(Of(filters, ["genres=Drama", "year<2000"])));
        Assert.Equal([1, 4], RowsOf(Of(filters, ["genres!=Drama"], deny: [2])));
        Assert.Equal([4], RowsOf(Of(filters, ["genres!=Drama"], deny: [2], allow: [4, 2, 3])));
        Assert.Equal([0, 1, 2, 4], RowsOf(Of(filters, [], deny: [3])));
        Assert.Equal([], RowsOf(Of(filters, [], allow: [])));
    }

    [Theory]
    [InlineData("genres=Comedy|Drama", " genres =  Drama | Comedy|Drama ")]
    [InlineData("year=1990..1999", "year = 1995..1999 | 1990..1996|1992")]
    [InlineData("year>=1990", "year=1990..")]
    [InlineData("year=0", "year=-0")]
    [InlineData("year=..3", "year<=3.0")]
    public void Conditions_that_mean_the_same_are_equal_and_kept_once(string one, string other)
    {
        Assert.Equal(CatalogFilter.Parse(one, Films), CatalogFilter.Parse(other, Films));
        var filters = new FilterCache(Films);
        Assert.Same(Of(filters, [one]), Of(filters, [other]));
        Assert.Equal(1, filters.Count);
    }

    [Theory]
    [InlineData("genres=Comedy", "genres!=Comedy")]
    [InlineData("genres=Comedy", "genres=Drama")]
    [InlineData("year=1990..1991", "year=1990|1991")]
    [InlineData("year>=1990", "year>1990")]
    public void Conditions_that_differ_are_kept_apart(string one, string other)
    {
        Assert.NotEqual(CatalogFilter.Parse(one, Films), CatalogFilter.Parse(other, Films));
        var filters = new FilterCache(Films);
        Assert.NotSame(Of(filters, [one]), Of(filters, [other]));
        Assert.Equal(2, filters.Count);
    }

    [Fact]
    public void Blanks_take_no_memory()
    {
        var filters = new FilterCache(Films);
        for (int blanks = 0; blanks < 200; blanks++) Of(filters, [$"year>{new string(' ', 50 * blanks)}1"]);
        Assert.Equal(1, filters.Count);
        Assert.InRange(filters.Bytes, 1, 1_000);
    }

    [Fact]
    public void No_more_bytes_are_kept_than_there_is_room_for_and_the_oldest_go_first()
    {
        var filters = new FilterCache(Films, capacity: 1_200); // three of about 340
        var (first, second) = (Of(filters, ["year>1"]), Of(filters, ["year>2"]));
        for (int year = 10; year < 100; year++)
        {
            Assert.Same(first, Of(filters, ["year>1"])); // in use, so that it stays
            Assert.Equal([0, 1, 3], RowsOf(Of(filters, [$"year>{year}"])));
            Assert.InRange(filters.Bytes, 1, 1_200);
            Assert.InRange(filters.Count, 1, 3);
        }
        Assert.NotSame(second, Of(filters, ["year>2"]));
        var none = new FilterCache(Films, capacity: 0);
        Assert.Equal([0, 1, 3], RowsOf(Of(none, ["year>1"])));
        Assert.Equal((0, 0L), (none.Count, none.Bytes));
    }

    /// <summary>1,000 rows: 8,000 bytes sorted. Of 20,000 bytes one of two columns may take its half.</summary>
    [Fact]
    public void Sorted_columns_count_and_take_half_of_the_room_at_most()
    {
        float[] numbers = [.. Enumerable.Range(0, 1_000).Select(n => (float)n)];
        var catalog = Catalog.Empty(1_000) with
        {
            Numbers = new Dictionary<string, NumberColumn> { ["a"] = new(numbers), ["b"] = new(numbers) },
        };
        var filters = new FilterCache(catalog, capacity: 20_000);
        for (int n = 0; n < 200; n++)
        {
            foreach (string column in new[] { "a", "b" }) Assert.Equal(999 - n, Of(filters, [$"{column}>{n}"])!.Count);
            Assert.InRange(filters.Bytes, n == 0 ? 1 : 8_000, 20_000);
        }
        Assert.InRange(filters.Count, 20, 30); // of about 460 bytes, beside one sorted column: two would leave room for 8
        var small = new FilterCache(catalog, capacity: 10_000);
        for (int n = 0; n < 50; n++) Assert.Equal(999 - n, Of(small, [$"a>{n}"])!.Count);
        Assert.InRange(small.Count, 20, 22); // no column is sorted
    }

    /// <summary>The pass over the column, the sorted column and the definition agree, on numbers with gaps, repeats and ends of
    /// ranges.</summary>
    [Fact]
    public void Any_ranges_keep_the_rows_that_meet_them() => Gen.Select(
        Gen.Int[-1, 9].Select(n => n < 0 ? float.NaN : n / 2f).Array[0, 100],
        Gen.Select(Gen.Int[0, 9], Gen.Int[0, 4], (low, width) => new NumberRange(low / 2f, (low + width) / 2f)).Array[1, 6],
        Gen.Bool).Sample((numbers, given, isNegated) =>
    {
        var catalog = Catalog.Empty(numbers.Length) with { Numbers = new Dictionary<string, NumberColumn> { ["n"] = new(numbers) } };
        string ranges = string.Join('|', given.Select(range => string.Create(CultureInfo.InvariantCulture, $"{range.Low}..{range.High}")));
        int[] met = [.. Enumerable.Range(0, numbers.Length)
            .Where(row => given.Any(range => numbers[row] >= range.Low && numbers[row] <= range.High) != isNegated)];
        var filter = CatalogFilter.Parse($"n{(isNegated ? "!=" : "=")}{ranges}", catalog);
        Assert.Equal(met, Members(filter.RowsOf(catalog, Cancellation)));
        Assert.Equal(met, Members(filter.RowsOf(new SortedColumn(catalog.Numbers["n"]))));
    });

    private static int[] Members(BitSet set)
    {
        var members = new List<int>();
        foreach (int item in set) members.Add(item);
        return [.. members];
    }

    [Fact]
    public async Task Many_threads_get_what_one_gets()
    {
        var filters = new FilterCache(Films, capacity: 700); // room for two: they push each other out
        string[] texts = ["year>1", "year>1990", "year<0", "genres=Drama", "genres!=Drama", "year=1990..1999"];
        int[][] alone = [.. texts.Select(RowsOf)];
        await Task.WhenAll(Enumerable.Range(0, 4).Select(thread => Task.Run(() =>
        {
            for (int n = thread; n < 2_000; n++) Assert.Equal(alone[n % texts.Length], RowsOf(Of(filters, [texts[n % texts.Length]])));
        }, Cancellation)));
        Assert.InRange(filters.Bytes, 1, 700);
    }

    [Fact]
    public void What_costs_too_much_is_refused_before_it_is_read()
    {
        static string SentenceOf(Action act) => Assert.Throws<InputException>(act).Message;
        var filters = new FilterCache(Films);
        Assert.Equal("The filter has 33 conditions; give at most 32.",
            SentenceOf(() => Of(filters, [.. Enumerable.Range(0, 33).Select(n => $"year>{n}")])));
        Assert.Equal("The filter has 80,012 characters; give at most 65,536.",
            SentenceOf(() => Of(filters, [.. Enumerable.Repeat($"year>{new string('0', 40_000)}1", 2)])));
        Assert.Equal("The condition on year has 1,001 alternatives; give at most 1,000.",
            SentenceOf(() => CatalogFilter.Parse($"year={string.Join('|', Enumerable.Range(0, 1_001))}", Films)));
        Assert.Equal("The condition on genres has 1,001 alternatives; give at most 1,000.",
            SentenceOf(() => CatalogFilter.Parse($"genres=Drama{string.Concat(Enumerable.Repeat("|Drama", 1_000))}", Films)));
        Assert.Equal("A condition has 100,005 characters; give at most 65,536.",
            SentenceOf(() => CatalogFilter.Parse($"year={new string('1', 100_000)}", Films)));
        Assert.Equal(
            [0], RowsOf($"year={string.Join('|', Enumerable.Range(1_500, 1_000 - 9))}|{string.Join('|', Enumerable.Range(1, 9))}")[..1]);
    }

    [Fact]
    public void A_sentence_repeats_no_long_condition_and_no_control_characters()
    {
        string sentence = Assert.Throws<InputException>(
            () => CatalogFilter.Parse($"genres=\u001b[31m\n{new string('x', 60_000)}", Films)).Message;
        Assert.StartsWith("genres has no label '\\u001b[31m\\nxxx", sentence, StringComparison.Ordinal);
        Assert.InRange(sentence.Length, 100, 200);
    }

    [Fact]
    public void It_stops_when_nobody_waits_any_more()
    {
        using var gone = new CancellationTokenSource();
        gone.Cancel();
        var filters = new FilterCache(Films);
        Assert.Throws<OperationCanceledException>(() => filters.Of(["year>1"], cancellationToken: gone.Token));
        Assert.Throws<OperationCanceledException>(() => CatalogFilter.Parse("genres=Drama", Films).RowsOf(Films, gone.Token));
        Assert.Equal(0, filters.Count);
        Assert.Equal([0, 1, 3], RowsOf(Of(filters, ["year>1"])));
    }
}
