using CsCheck;
using Kindred.Data;
using Kindred.Import;
using Kindred.Tests.Support;

namespace Kindred.Native.Tests.Import;

public sealed class ImporterTests : IDisposable
{
    private readonly ImportSandbox _box = new();

    public void Dispose() => _box.Dispose();

    [Fact]
    public void Events_stand_by_user_and_time_and_in_source_order_where_times_are_equal()
    {
        var summary = _box.ImportText("user_id,item_id,count,timestamp\nb,x,1,300\na,y,2,200\nb,z,3,100\na,x,4,200\n");

        Assert.Equal(["a y 2 200", "a x 4 200", "b z 3 100", "b x 1 300"], _box.Events);
        Assert.Equal(new RowCounts(4, 4, 0, 0, 0), summary.Rows);
        Assert.Equal(ValueKind.Weights, summary.Values);
        Assert.Equal((2, 3, 4L), (summary.Users, summary.Items, summary.Events));
    }

    [Fact]
    public void Ids_stay_the_callers_strings()
    {
        _box.ImportText("user,item\n007,1e5\n7,100000\n 7 ,0x1F\nÉva,NUL\n");

        // Shorter ids first (in bytes), then by byte.
        Assert.Equal(["7", "007", "Éva"], Ids(_box.Result.Interactions.Users));
        Assert.Equal(["1e5", "NUL", "0x1F", "100000"], Ids(_box.Result.Interactions.Items));
        Assert.Equal(["7 100000 1", "7 0x1F 1", "007 1e5 1", "Éva NUL 1"], _box.Events);
    }

    [Fact]
    public void Whole_number_ids_are_indexed_in_numeric_order()
    {
        _box.ImportText("user,item\n10,5\n9,40\n100,5\n");
        Assert.Equal(["9", "10", "100"], Ids(_box.Result.Interactions.Users));
    }

    [Fact]
    public void The_manifest_tells_sources_columns_and_counts()
    {
        string path = _box.Write("my events.csv", "uid,sku,stars,date\nu,i,5,2020-01-01\n");
        _box.Import(new ImportOptions { Sources = [path], Name = "mine" });

        var manifest = _box.Result.Manifest;
        Assert.Equal(("mine", ValueKind.Ratings), (manifest.Name, manifest.Values));
        Assert.Equal(["my events.csv"], manifest.Sources);
        Assert.Equal(new Dictionary<string, string> { ["user"] = "uid", ["item"] = "sku", ["value"] = "stars", ["time"] = "date" },
            manifest.Columns);
        Assert.Equal(new RowCounts(1, 1, 0, 0, 0), manifest.Rows);
    }

    [Fact]
    public void Several_files_and_patterns_are_read_in_order_whatever_the_order_of_their_columns()
    {
        _box.Write("part-2.csv", "item,user\ny,a\n");
        _box.Write("part-1.csv", "user,item\na,x\n");
        string last = _box.Write("last.csv", "user;item\na;z\n");
        var summary = _box.Import(Path.Combine(_box.Path, "part-*.csv"), last);

        Assert.Equal(["a x 1", "a y 1", "a z 1"], _box.Events);
        Assert.Equal(["part-1.csv", "part-2.csv", "last.csv"], _box.Result.Manifest.Sources);
        Assert.Equal(3, summary.Rows.Read);
    }

    [Fact]
    public void Paths_with_quotes_spaces_and_pattern_characters_are_read()
    {
        string path = _box.Write("it's [1] \"odd\" *.csv", "user,item\na,x\n");
        _box.Import(path);
        Assert.Equal(["a x 1"], _box.Events);
    }

    [Fact]
    public void An_import_replaces_a_data_folder_and_nothing_else()
    {
        _box.ImportText("user,item\na,x\n");
        _box.ImportText("user,item\nb,y\n");
        Assert.Equal(["b y 1"], _box.Events);

        string foreign = _box.Write("foreign/precious.txt", "keep me");
        var refusal = Assert.Throws<InputException>(() => Importer.Import(
            new ImportOptions { Sources = [_box.Write("e.csv", "user,item\na,x\n")] }, Path.GetDirectoryName(foreign)!, null,
            ImportSandbox.Cancellation));
        Assert.Contains("is not a kindred data folder", refusal.Message, StringComparison.Ordinal);
        Assert.Equal("keep me", File.ReadAllText(foreign));
    }

    [Fact]
    public void A_failed_import_leaves_nothing_behind()
    {
        string path = _box.Write("events.csv", "user,item,rating\na,x,5\na,\"y,3\nb,x,nope\n");
        _box.Refusal(path);
        Assert.Equal([path], Directory.EnumerateFileSystemEntries(_box.Path));
    }

    [Fact]
    public void A_cancelled_import_stops_and_leaves_nothing_behind()
    {
        string path = _box.Write("events.csv", "user,item\n"
            + string.Concat(Enumerable.Range(0, 200_000).Select(n => $"u{n % 1000},i{n % 77}\n")));
        using var source = new CancellationTokenSource();
        var progress = new Immediately(p => { if (p.Step == "indexing ids") source.Cancel(); });

        Assert.ThrowsAny<OperationCanceledException>(() =>
            Importer.Import(new ImportOptions { Sources = [path] }, _box.Target, progress, source.Token));
        Assert.Equal([path], Directory.EnumerateFileSystemEntries(_box.Path));
    }

    [Fact]
    public void When_options_leave_nothing_out_of_it_the_sentence_says_why()
    {
        string path = _box.Write("events.csv", "user,item,rating\na,x,1\nb,y,2\n");
        Assert.Equal(
            "No event is left of 2 rows: 2 × the value is below 4; ask for less.",
            _box.Refusal(new ImportOptions { Sources = [path], MinValue = 4 }));
        Assert.Contains(
            "its user has fewer than 2", _box.Refusal(new ImportOptions { Sources = [path], MinUser = 2 }), StringComparison.Ordinal);
    }

    [Fact]
    public void Options_that_need_a_column_say_so()
    {
        string path = _box.Write("events.csv", "user,item\na,x\n");
        var options = new ImportOptions { Sources = [path] };
        Assert.Contains(
            "--half-life needs a time column", _box.Refusal(options with { HalfLife = TimeSpan.FromDays(1) }), StringComparison.Ordinal);
        Assert.Contains("--min-value needs a value column", _box.Refusal(options with { MinValue = 1 }), StringComparison.Ordinal);
        Assert.Contains("--weight needs a column of event types",
            _box.Refusal(options with { Weights = new Dictionary<string, float> { ["view"] = 1 } }), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(-1f)]
    [InlineData(float.NaN)]
    public void Weights_of_event_types_must_be_numbers_from_zero(float weight)
    {
        string message = _box.Refusal(new ImportOptions { Sources = ["x"], Weights = new Dictionary<string, float> { ["view"] = weight } });
        Assert.StartsWith("The weight of event type 'view' must be a number from 0", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Files_of_different_kinds_are_not_mixed()
    {
        string one = _box.Write("a.csv", "user,item,rating\na,x,1\n"), two = _box.Write("b.csv", "user,item\na,x\n");
        Assert.Contains("has a value column", _box.Refusal(one, two), StringComparison.Ordinal);
        _box.Import(new ImportOptions { Sources = [one, two], Value = "none" });
        Assert.Equal(["a x 1"], _box.Events);
    }

    [Fact]
    public void Equal_input_gives_equal_bytes()
    {
        string path = _box.Write("events.csv", "user,item,count,ts\n"
            + string.Concat(Enumerable.Range(0, 50_000).Select(n => $"u{n * 7919 % 997},i{n * 104729 % 101},{1 + (n % 3)},{n % 500}\n")));
        _box.Import(path);
        string first = _box.Result.Fingerprint;
        using var other = new ImportSandbox();
        other.Import(path);
        Assert.Equal(first, other.Result.Fingerprint);
    }

    [Fact]
    public void The_sample_is_imported_with_titles_years_and_genres()
    {
        var summary = _box.Import(RealData.MovieLensSmall);

        Assert.Equal((671, 9066, 100_004L), (summary.Users, summary.Items, summary.Events));
        Assert.Equal(ValueKind.Ratings, summary.Values);
        var (items, catalog) = (_box.Result.Interactions.Items, _box.Result.ItemCatalog);
        Assert.True(items.TryGetIndex("1", out int toyStory));
        Assert.Equal("Toy Story", catalog.TitleOf(toyStory));
        Assert.Equal(1995, catalog.Numbers["year"].Values.Span[toyStory]);
        var genres = catalog.Labels["genres"];
        Assert.Equal(["Adventure", "Animation", "Children", "Comedy", "Fantasy"], genres[toyStory].ToArray().Select(genres.Labels.Id));
        // Five titles are "NA", which means unknown.
        Assert.Equal(5, Enumerable.Range(0, catalog.Count).Count(n => catalog.TitleOf(n) is null));
        Assert.DoesNotContain("NA", Enumerable.Range(0, catalog.Count).Select(catalog.TitleOf));
    }

    /// <summary>Dirty files against an oracle in plain C#: the same rows are kept, and every row is accounted for.</summary>
    [Fact]
    public void Every_row_of_a_dirty_file_is_accounted_for()
    {
        var id = OneOf("a", "b", "c", "", " d ", "\"e,f\"", "\"g\nh\"", "\"i");
        var value = OneOf("1", "2.5", "", "x", "-1", "0", "nan", "1e39");
        var time = OneOf("100", "2000-01-01", "1e9", "9999999999", "-5", "later", "1500000000123");
        var extra = OneOf("", "", "", "", ",more");
        var row = Gen.Select(id, id, value, time, extra, (u, i, v, t, e) => $"{u},{i},{v},{t}{e}");
        var end = OneOf("\n", "\n", "\r\n", "\n\n");
        var line = Gen.Select(Gen.Frequency((8, row), (1, Gen.Const("short")), (1, Gen.Const("a,\"b\"c,1,1"))), end, (r, e) => r + e);
        Gen.Select(line.Array[1, 40], Gen.Bool).Sample((lines, ratings) =>
        {
            using var box = new ImportSandbox();
            // of 0, 1 and -1 alone, a column that is no rating says whether something happened
            if (!ratings) lines = ["z,z,2.5,100\n", .. lines];
            string path = box.Write("dirty.csv", $"user,item,{(ratings ? "rating" : "weight")},ts\n" + string.Concat(lines));
            var expected = DirtyFileOracle.Read(File.ReadAllText(path), ratings);
            // named, because a column that was only guessed is not taken when all its values are zero
            var options = new ImportOptions { Sources = [path], OnError = ErrorPolicy.Skip, Value = ratings ? "rating" : "weight" };
            if (expected.Events.Count == 0)
            {
                box.Refusal(options);
                return;
            }
            var summary = box.Import(options);
            Assert.Equal(expected.Rows, summary.Rows);
            Assert.Equal(expected.Events.Order(StringComparer.Ordinal), box.Events.Order(StringComparer.Ordinal));
            Assert.Equal(expected.InvalidLines.Take(5), summary.FirstInvalid.Select(r => r.Line));
            Assert.Equal(summary.Rows.Invalid, summary.Reasons.Sum(r => r.Count));
        }, iter: 60);
    }

    private static Gen<string> OneOf(params string[] values) => Gen.Int[0, values.Length - 1].Select(n => values[n]);

    private static string[] Ids(Vocabulary vocabulary) => [.. Enumerable.Range(0, vocabulary.Count).Select(vocabulary.Id)];

    private sealed class Immediately(Action<ImportProgress> action) : IProgress<ImportProgress>
    {
        public void Report(ImportProgress value) => action(value);
    }
}
