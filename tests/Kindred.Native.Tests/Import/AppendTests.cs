using System.Globalization;
using CsCheck;
using Kindred.Data;
using Kindred.Import;

namespace Kindred.Native.Tests.Import;

public sealed class AppendTests : IDisposable
{
    private readonly ImportSandbox _box = new();

    public void Dispose() => _box.Dispose();

    [Fact]
    public void Appending_gives_what_importing_all_files_gives()
    {
        var row = Gen.Select(Gen.Int[0, 6], Gen.Int[0, 8], Gen.Int[1, 10], Gen.Int[0, 40], Gen.Int[0, 2]);
        var table = Gen.Select(Gen.Enum<ValueKind>(), Gen.Bool, Gen.Bool, Gen.Bool);
        var options = Gen.Select(Gen.Int[0, 2], Gen.Bool, Gen.Bool);
        Gen.Select(row.List[3, 60], Gen.Double[0, 1].List[1, 3], table, options).Sample((rows, cuts, kinds, how) =>
        {
            var (values, hasTimes, isFine, hasTypes) = kinds;
            var (core, decays, hasMinimum) = how;
            string header = $"user,item{(values == ValueKind.None ? "" : values == ValueKind.Ratings ? ",rating" : ",count")}"
                + $"{(hasTimes ? ",timestamp" : "")}{(hasTypes ? ",event" : "")}\n";
            string Text(IEnumerable<(int User, int Item, int Value, int Time, int Type)> part) => header + string.Concat(part.Select(r =>
                $"u{r.User},i{r.Item}{(values == ValueKind.None ? "" : $",{r.Value}")}"
                + (hasTimes ? string.Create(CultureInfo.InvariantCulture, $",{1_600_000_000 + (isFine ? r.Time / 4.0 : r.Time)}") : "")
                + $"{(hasTypes ? $",{"abc"[r.Type]}" : "")}\n"));
            int[] ends = [.. cuts.Select(cut => 1 + (int)(cut * (rows.Count - 1))).Append(rows.Count).Distinct().Order()];
            using var box = new ImportSandbox();
            string[] parts = [.. ends.Select((end, n) => box.Write($"part{n}.csv", Text(rows[(n == 0 ? 0 : ends[n - 1])..end])))];
            var asked = new ImportOptions
            {
                Sources = parts[..1],
                MinUser = core,
                MinItem = core,
                HalfLife = decays && hasTimes ? TimeSpan.FromSeconds(7) : null,
                MinValue = hasMinimum && values != ValueKind.None ? 3 : null,
                Weights = hasTypes ? new Dictionary<string, float> { ["a"] = 1, ["b"] = 2.5f, ["c"] = 0 } : [],
            };
            try { box.Import(asked); }
            catch (InputException) { return; } // nothing is left of the first part
            foreach (string part in parts[1..]) Append(box.Target, part);
            string whole = Path.Combine(box.Path, "whole");
            Importer.Import(asked with { Sources = parts, Name = "part0" }, whole, null, ImportSandbox.Cancellation);

            using var expected = DataFolder.Open(whole);
            using var actual = DataFolder.Open(box.Target);
            Assert.Equal(RowsOf(expected), RowsOf(actual));
            Assert.Equal(expected.Manifest.Rows, actual.Manifest.Rows);
            Assert.Equal(expected.Manifest.Values, actual.Manifest.Values);
            Assert.Equal(expected.Manifest.Sources, actual.Manifest.Sources);
            // whether the rows are kept as well depends on all parts; where the first ones already needed them nothing differs
            if (expected.Rows is null || DataNeedRows(asked, hasTypes)) Assert.Equal(expected.Fingerprint, actual.Fingerprint);
        }, iter: 60, threads: 1);
    }

    [Fact]
    public void Attributes_of_new_items_come_from_the_table_as_it_is_now()
    {
        string first = _box.Write("first.csv", "user,item\nann,tea\nbob,jam\n"), second = _box.Write("second.csv", "user,item\nann,salt\n");
        string items = _box.Write("items.csv", "item,title,kind\ntea,Tea,drink\njam,Jam,sweet\n");
        _box.Import(new ImportOptions { Sources = [first], ItemAttributes = [items] });
        _box.Write("items.csv", "item,title,kind\ntea,Green tea,drink\njam,Jam,sweet\nsalt,Salt,spice\n");
        Append(_box.Target, second);

        string whole = Path.Combine(_box.Path, "whole");
        Importer.Import(
            new() { Sources = [first, second], ItemAttributes = [items] }, whole, null, ImportSandbox.Cancellation);
        using var expected = DataFolder.Open(whole);
        Assert.Equal(expected.Fingerprint, _box.Result.Fingerprint);
        Assert.Equal("Green tea", TitleOf(_box.Result, "tea"));
        Assert.Equal("Salt", TitleOf(_box.Result, "salt"));
    }

    [Fact]
    public void Attributes_stay_where_their_table_is_gone()
    {
        string items = _box.Write("items.csv", "item,title,kinds\ntea,Tea,drink|hot\njam,Jam,sweet\n");
        _box.Import(new ImportOptions { Sources = [_box.Write("first.csv", "user,item\nann,tea\nbob,jam\n")], ItemAttributes = [items] });
        File.Delete(items);
        var summary = Append(_box.Target, _box.Write("second.csv", "user,item\nann,salt\n"));
        Assert.Contains(summary.Warnings, warning => warning.Contains("cannot be read any more", StringComparison.Ordinal));
        using (var data = DataFolder.Open(_box.Target))
        {
            Assert.Equal(("Tea", null), (TitleOf(data, "tea"), TitleOf(data, "salt")));
            Assert.Equal(3, data.ItemCatalog.Labels["kinds"].Labels.Count);
        }
        // and may be given anew
        string more = _box.Write("more.csv", "item,title\nsalt,Salt\n");
        Importer.Append(_box.Target, new() { Sources = [_box.Write("third.csv", "user,item\ncid,salt\n")], ItemAttributes = [more] }, null,
            ImportSandbox.Cancellation);
        Assert.Equal(("Tea", "Salt"), (TitleOf(_box.Result, "tea"), TitleOf(_box.Result, "salt")));
        Assert.Equal(4, _box.Result.Manifest.Rows.Kept);
    }

    [Fact]
    public void A_rating_that_is_appended_replaces_the_earlier_one()
    {
        _box.Import(_box.Write("first.csv", "user,item,rating,timestamp\nann,tea,5,100\nbob,tea,3,100\n"));
        Append(_box.Target, _box.Write("second.csv", "user,item,rating,timestamp\nann,tea,2,200\nann,tea,1,50\n"));
        Assert.Equal(["bob tea 3 100", "ann tea 2 200"], _box.Events.Order(StringComparer.Ordinal).Reverse());
        Assert.Equal(new RowCounts(4, 2, 2, 0, 0), _box.Result.Manifest.Rows);
    }

    [Fact]
    public void Which_number_is_the_day_stays_as_it_was()
    {
        _box.Import(_box.Write("first.csv", "user,item,date\nann,tea,13/01/2020\nann,jam,02/01/2020\n"));
        Append(_box.Target, _box.Write("second.csv", "user,item,date\nann,salt,03/04/2020\n")); // alone neither
        long[] times = [.. _box.Result.Interactions.Histories.Times.ToArray().Order()];
        Assert.Equal(new DateTimeOffset(2020, 4, 3, 0, 0, 0, TimeSpan.Zero).ToUnixTimeSeconds(), times[^1]);
    }

    [Theory]
    [InlineData("user,item,rating\nann,tea,3\n", "has no value column")]
    [InlineData("user,item\nann,tea\n", "has a time column")]
    public void Files_that_say_something_else_are_refused_and_change_nothing(string text, string sentence)
    {
        bool hasTimes = sentence.Contains("time", StringComparison.Ordinal);
        _box.Import(_box.Write("first.csv", hasTimes ? "user,item,timestamp\nann,tea,100\n" : "user,item\nann,tea\n"));
        string before = Fingerprint();
        Assert.Contains(sentence, Assert.Throws<InputException>(() => Append(_box.Target, _box.Write("second.csv", text))).Message);
        Assert.Equal(before, Fingerprint());
    }

    [Fact]
    public void What_is_about_all_rows_is_not_changed_by_appending()
    {
        _box.ImportText("user,item\nann,tea\n");
        string more = _box.Write("more.csv", "user,item\nbob,tea\n");
        Assert.Contains("import all files again", Assert.Throws<InputException>(() => Importer.Append(
            _box.Target, new() { Sources = [more], MinUser = 2 }, null, ImportSandbox.Cancellation)).Message);
        Assert.Contains("does not exist", Assert.Throws<InputException>(() => Append(Path.Combine(_box.Path, "nowhere"), more)).Message);
    }

    private static ImportSummary Append(string folder, params string[] files) =>
        Importer.Append(folder, new() { Sources = files }, null, ImportSandbox.Cancellation);

    private static bool DataNeedRows(ImportOptions options, bool hasTypes) =>
        hasTypes || options.MinUser > 1 || options.HalfLife is not null || options.MinValue is not null;

    private string Fingerprint()
    {
        using var data = DataFolder.Open(_box.Target);
        return data.Fingerprint;
    }

    private static string? TitleOf(DataFolder data, string item) =>
        data.Interactions.Items.TryGetIndex(item, out int index) ? data.ItemCatalog.TitleOf(index) : null;

    private static IEnumerable<string> RowsOf(DataFolder folder)
    {
        var data = folder.Interactions;
        return from user in Enumerable.Range(0, data.Users.Count)
               from n in Enumerable.Range(0, data.Histories.ItemsOf(user).Length)
               select $"{data.Users.Id(user)} {data.Items.Id(data.Histories.ItemsOf(user).Span[n])} "
                   + $"{data.Histories.WeightsOf(user).Span[n]:R} {(data.Histories.HasTimes ? data.Histories.TimesOf(user).Span[n] : 0)}";
    }
}
