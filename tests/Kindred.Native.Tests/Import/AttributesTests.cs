using Kindred.Data;
using Kindred.Import;
using Kindred.Tests.Support;

namespace Kindred.Native.Tests.Import;

public sealed class AttributesTests : IDisposable
{
    private readonly ImportSandbox _box = new();

    public void Dispose() => _box.Dispose();

    private ImportOptions Options(params string[] itemAttributes) =>
        new() { Sources = [_box.Write("events.csv", "user,item\na,x\na,y\nb,z\n")], ItemAttributes = itemAttributes };

    [Fact]
    public void Tables_join_by_id_and_unknown_ids_are_counted()
    {
        string table = _box.Write("items.csv", "item_id,title,price\ny,Why,2.5\nnowhere,No,9\n x ,\"Ex, the\",NA\n");
        var summary = _box.Import(Options(table));

        var catalog = _box.Result.ItemCatalog; // x, y, z
        Assert.Equal(["Ex, the", "Why", null], Enumerable.Range(0, 3).Select(catalog.TitleOf));
        Assert.Equal([float.NaN, 2.5f, float.NaN], catalog.Numbers["price"].Values.ToArray());
        Assert.Contains("1 of 3 attribute rows are about items without events; they are left out. To keep them, so that models that read "
            + "attributes find them, give --keep-without-events.", summary.Notes);
        Assert.Contains("Attributes of items: title (text), price (number).", summary.Notes);
    }

    [Fact]
    public void Items_and_users_without_events_are_kept_where_that_is_asked_for()
    {
        string items = _box.Write("items.csv", "item_id,title\ny,Why\nnew,Green tea\nx,Red tea\n"),
            users = _box.Write("users.csv", "user_id,country\nb,DE\nnobody,AT\n");
        var options = Options(items) with { UserAttributes = [users], KeepWithoutEvents = true };
        var summary = _box.Import(options);
        var data = _box.Result.Interactions;
        Assert.Equal(["x", "y", "z", "new"], Enumerable.Range(0, data.Items.Count).Select(data.Items.Id));
        Assert.Equal(["a", "b", "nobody"], Enumerable.Range(0, data.Users.Count).Select(data.Users.Id));
        Assert.Equal(["Red tea", "Why", null, "Green tea"], Enumerable.Range(0, 4).Select(_box.Result.ItemCatalog.TitleOf));
        Assert.Equal((4, 3, 3L), (summary.Items, summary.Users, summary.Events));
        Assert.Contains("1 item without events is kept.", summary.Notes);
        Assert.Contains("1 user without events is kept.", summary.Notes);
        Assert.Equal(0, data.Histories.ItemsOf(2).Length);
        Assert.Equal([1, 1, 1, 0], data.CountUsersOfItems());
        data = data.With(itemAttributes: _box.Result.ItemCatalog);
        var content = new ContentKnn { Features = "item.title" }.Train(data, new());
        var scores = new float[4];
        content.Score(new(-1, new[] { 0 }), scores);
        Assert.True(scores[3] > 0 && float.IsNaN(scores[1])); // by the word that it shares with x
        string parts = Path.Combine(_box.Path, "parts");
        Assert.Contains("--keep-without-events", Assert.Throws<InputException>(
            () => Importer.ImportPartitions(options, 2, parts, null, ImportSandbox.Cancellation)).Message, StringComparison.Ordinal);
    }

    private string[] Kept => [.. Enumerable.Range(0, _box.Result.Interactions.Items.Count).Select(_box.Result.Interactions.Items.Id)];

    [Fact]
    public void They_are_kept_when_events_are_appended()
    {
        string items = _box.Write("items.csv", "item_id,title\ny,Why\nnew,Green tea\n"), folder = Path.Combine(_box.Path, "data");
        Importer.Import(Options(items) with { KeepWithoutEvents = true }, folder, null, ImportSandbox.Cancellation);
        string more = _box.Write("more.csv", "user,item\nc,z\n"), later = _box.Write("later.csv", "item_id,title\nnewer,White tea\n");
        Importer.Append(folder, new() { Sources = [more], ItemAttributes = [later] }, null, ImportSandbox.Cancellation);
        using var data = DataFolder.Open(folder);
        var known = data.Interactions.Items;
        Assert.Equal(["new", "newer", "x", "y", "z"], Enumerable.Range(0, known.Count).Select(known.Id).Order());
        Assert.Equal(3, data.Interactions.Users.Count);
    }

    /// <summary>The catalogue of tomorrow: which rows are kept does not depend on another one.</summary>
    [Fact]
    public void A_table_of_new_items_alone_is_kept_with_a_warning()
    {
        string table = _box.Write("items.csv", "item_id,title\nnew,Green tea\nnewer,White tea\n");
        var summary = _box.Import(Options(table) with { KeepWithoutEvents = true });
        Assert.Equal(["x", "y", "z", "new", "newer"], Kept);
        Assert.Contains("None of the 2 rows of", Assert.Single(summary.Warnings), StringComparison.Ordinal);
        Assert.Contains("each is kept as a new one", summary.Warnings[0], StringComparison.Ordinal);
    }

    [Theory, InlineData(true), InlineData(false)]
    public void Rows_without_an_id_are_left_out_and_counted(bool keeps)
    {
        string table = _box.Write("items.csv", "item_id,title\nx,Ex\nNULL,a\nNaN,b\nN/A,c\n,d\n  ,e\nnew,f\n");
        var summary = _box.Import(Options(table) with { KeepWithoutEvents = keeps });
        Assert.Equal(keeps ? ["x", "y", "z", "new"] : ["x", "y", "z"], Kept);
        Assert.Contains(summary.Warnings, warning => warning.StartsWith("5 of 7 rows of", StringComparison.Ordinal)
            && warning.Contains("have no id in its column item_id", StringComparison.Ordinal));
        if (!keeps) Assert.Contains(summary.Notes, note => note.StartsWith("1 of 7 attribute rows are", StringComparison.Ordinal));
    }

    [Fact]
    public void What_filters_left_out_does_not_come_back_as_items_and_users_without_events()
    {
        string items = _box.Write("items.csv", "item_id,title\nx,Ex\nz,Zed\nnew,Green tea\n"),
            users = _box.Write("users.csv", "user_id,country\na,DE\nb,AT\n");
        var summary = _box.Import(Options(items) with { UserAttributes = [users], KeepWithoutEvents = true, MinUser = 2 });
        Assert.Equal(["x", "y", "new"], Kept);
        Assert.Equal(1, _box.Result.Interactions.Users.Count);
        Assert.Contains("1 of 3 attribute rows are about items whose events filters left out; they are left out, too.", summary.Notes);
    }

    [Theory, InlineData(true, 4), InlineData(false, 6)]
    public void New_items_that_differ_only_in_how_they_are_written_are_one_where_that_is_asked_for(bool folds, int items)
    {
        string table = _box.Write("items.csv", "item_id,title\nX,Ex\nTea,Green\ntea,Red\n");
        _box.Import(Options(table) with { KeepWithoutEvents = true, FoldIds = folds });
        Assert.Equal(items, Kept.Length);
        Assert.Equal(!folds, Kept.Contains("tea") && Kept.Contains("X"));
    }

    [Fact]
    public void A_header_alone_is_said_to_be_one()
    {
        var summary = _box.Import(Options(_box.Write("items.csv", "item_id,title\n")));
        Assert.EndsWith("items.csv has no row below its header.", Assert.Single(summary.Warnings), StringComparison.Ordinal);
        Assert.DoesNotContain(summary.Notes, note => note.Contains("quotes", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("Artikel;title;category;price\nx;Ex;Küche;75,2\ny;Why;Küche;165,5\nz;;;\n")] // with a row of nothing
    [InlineData("Artikel;Titel;Kategorie\nx;Ex;Küche\ny;Why;Büro\n")] // two full rows
    public void A_first_line_with_the_name_of_the_events_column_is_a_header(string table)
    {
        string events = _box.Write("events.csv", "Kunde;Artikel;Zeit\na;x;1700000000\na;y;1700000010\nb;z;1700000020\n");
        _box.Import(new ImportOptions { Sources = [events], ItemAttributes = [_box.Write("items.csv", table)] });
        Assert.Equal(["Ex", "Why"], Enumerable.Range(0, 2).Select(_box.Result.ItemCatalog.TitleOf));
    }

    [Fact]
    public void A_table_without_a_header_is_refused_with_what_to_do_and_a_header_can_be_said_to_be_one()
    {
        string table = _box.Write("items.csv", "Nr,Wort\nx,Ex\ny,Why\n");
        string refusal = Assert.Throws<InputException>(() => _box.Import(Options(table))).Message;
        Assert.Contains("with --item-id, or give --header.", refusal, StringComparison.Ordinal);
        _box.Import(Options(table) with { Header = true });
        Assert.Equal("Ex", _box.Result.ItemCatalog.TitleOf(0));
    }

    [Fact]
    public void Vectors_of_another_length_are_counted_and_nothing_absurd_is_advised()
    {
        string events = _box.Write("events.csv", "user,item\n" + string.Concat(Enumerable.Range(1, 8).Select(n => $"u{n % 3},i{n}\n"))),
            table = _box.Write("items.jsonl", string.Concat(Enumerable.Range(1, 8).Select(n =>
                $$"""{"item": "i{{n}}", "clip": {{(n == 5 ? "[0.5, 2.5]" : $"[0.{n}, 1.5, 2.5]")}}}""" + "\n")));
        var summary = _box.Import(new ImportOptions { Sources = [events], ItemAttributes = [table] });
        Assert.Equal(
            ["clip is a vector of 3 numbers in 7 of 8 rows, but '[0.5,2.5]' in items.jsonl, line 5 (item i5) is none: such cells are left "
                + "empty; mend them."], summary.Warnings);
    }

    [Fact]
    public void Rows_of_filtered_items_are_left_out_and_the_others_stay_with_their_items()
    {
        string table = _box.Write("items.csv", "id,title\nx,Ex\ny,Why\nz,Zed\n");
        _box.Import(Options(table) with { MinUser = 2 });
        Assert.Equal(["Ex", "Why"], Enumerable.Range(0, 2).Select(_box.Result.ItemCatalog.TitleOf));
    }

    [Fact]
    public void Several_tables_are_one_and_later_values_win()
    {
        string first = _box.Write("1.csv", "id,title,price\nx,Old,1\nx,Ex,\n"),
        second = _box.Write("2.jsonl", "{\"id\": \"x\", \"title\": \"New\", \"tags\": [\"a\", \"b\"]}\n");
        _box.Import(Options(first, second));
        var catalog = _box.Result.ItemCatalog;
        Assert.Equal("New", catalog.TitleOf(0));
        Assert.Equal(1, catalog.Numbers["price"].Values.Span[0]);
        Assert.Equal(2, catalog.Labels["tags"][0].Length);
    }

    [Fact]
    public void One_bad_cell_does_not_make_a_text_of_a_column_of_numbers()
    {
        string events = _box.Write("events.csv", "user,item\n" + string.Concat(Enumerable.Range(1, 8).Select(n => $"u{n % 3},i{n}\n"))),
            table = _box.Write("items.csv", "item_id,name,price,released\n" + string.Concat(Enumerable.Range(1, 8)
                .Select(n => $"i{n},Item {n},{(n == 5 ? "free" : $"{n}.5")},{(n == 6 ? "soon" : $"2020-01-0{n}")}\n")));
        var options = new ImportOptions { Sources = [events], ItemAttributes = [table] };
        var summary = _box.Import(options);
        Assert.Equal([1.5f, 2.5f, 3.5f, 4.5f, float.NaN, 6.5f, 7.5f, 8.5f], _box.Result.ItemCatalog.Numbers["price"].Values.ToArray());
        Assert.Equal("Item 1", _box.Result.ItemCatalog.TitleOf(0));
        Assert.Equal(
            [
                "price is a number in 7 of 8 rows, but 'free' in items.csv, line 6 (item i5) is none: such cells are left empty; "
                    + "mend them, or say with --null 'free' that it means none.",
                "released is a date in 7 of 8 rows, but 'soon' in items.csv, line 7 (item i6) is none: such cells are left empty; "
                    + "mend them, or say with --null 'soon' that it means none.",
            ], summary.Warnings);
        Assert.Empty(_box.Import(options with { Null = ["free", "soon"] }).Warnings);
    }

    [Fact]
    public void Rows_of_one_id_that_differ_are_counted()
    {
        string table = _box.Write("items.csv", "item_id,title,price\nx,Ex,1\ny,Why,2\nx,Ex,3\ny,Why,2\n");
        var summary = _box.Import(Options(table));
        Assert.Equal(
            $"1 of the items have several rows in {table} that differ, such as x in price: the last row counts; keep one for each.",
            Assert.Single(summary.Warnings));
        Assert.Equal([3, 2, float.NaN], _box.Result.ItemCatalog.Numbers["price"].Values.ToArray());
    }

    [Theory]
    [InlineData("$1,234.50", "$7", "$12.25", new[] { 1234.5f, 7, 12.25f })]
    [InlineData("1.234,50 €", "7 €", "12,25 €", new[] { 1234.5f, 7, 12.25f })]
    [InlineData("95 min", "100 min", "7 min", new[] { 95f, 100, 7 })]
    [InlineData("80%", "7%", "100%", new[] { 80f, 7, 100 })]
    public void Numbers_are_read_as_people_write_them(string x, string y, string z, float[] numbers)
    {
        string table = _box.Write("items.csv", $"item_id;value\nx;{x}\ny;{y}\nz;{z}\n");
        _box.Import(Options(table));
        Assert.Equal(numbers, _box.Result.ItemCatalog.Numbers["value"].Values.ToArray());
    }

    [Fact]
    public void Lists_of_parquet_become_labels()
    {
        string table = _box.Copy("items.parquet",
            "SELECT * FROM (VALUES ('x', ['a', 'b'], 1.5), ('z', ['b'], NULL)) t(\"itemId\", tags, price)", "FORMAT parquet");
        _box.Import(Options(table));
        var tags = _box.Result.ItemCatalog.Labels["tags"];
        Assert.Equal(["a", "b"], Enumerable.Range(0, tags.Labels.Count).Select(tags.Labels.Id));
        Assert.Equal([0, 1], tags[0].ToArray());
        Assert.Empty(tags[1].ToArray());
        Assert.Equal([1], tags[2].ToArray());
    }

    [Fact]
    public void User_tables_join_too()
    {
        string table = _box.Write("users.csv", "user_id,age\nb,30\n");
        _box.Import(Options() with { UserAttributes = [table] });
        Assert.Equal([float.NaN, 30], _box.Result.UserCatalog.Numbers["age"].Values.ToArray());
    }

    [Fact]
    public void Broken_rows_fail_or_are_noted()
    {
        string table = _box.Write("items.csv", "id,title\nx,Ex\ny,Why,not\n");
        Assert.StartsWith("items.csv, line 3: 3 fields instead of 2: y,Why,not; nothing was imported", _box.Refusal(Options(table)),
            StringComparison.Ordinal);
        var summary = _box.Import(Options(table) with { OnError = ErrorPolicy.Skip });
        Assert.Contains("items.csv: 1 broken rows are left out, the first in line 3: 3 fields instead of 2.", summary.Notes);
    }

    [Fact]
    public void Tables_without_ids_headers_or_attributes_are_refused()
    {
        Assert.Contains("has no column that is known to hold item ids; name it with --item-id",
            _box.Refusal(Options(_box.Write("1.csv", "thing,price\nq,1\n"))), StringComparison.Ordinal);
        Assert.Contains("has no header", _box.Refusal(Options(_box.Write("2.csv", "x,Ex\ny,Why\n"))), StringComparison.Ordinal);
        Assert.Contains(
            "has no column beside the id", _box.Refusal(Options(_box.Write("3.csv", "item_id,\nx,\n"))), StringComparison.Ordinal);
    }

    [Fact]
    public void Titles_of_beauty_products_are_joined()
    {
        string folder = RealData.Folder("amazon-beauty");
        _box.Import(new ImportOptions
        {
            Sources = [Path.Combine(folder, "sequences.txt.gz")],
            ItemAttributes = [Path.Combine(folder, "item_titles.tsv.gz")]
        });
        Assert.True(_box.Result.Interactions.Items.TryGetIndex("2", out int item));
        Assert.Equal("OPI Red Shatter Crackle Nail Polish E55 New", _box.Result.ItemCatalog.TitleOf(item));
    }
}
