using System.Globalization;
using Kindred.Import;

namespace Kindred.Native.Tests.Import;

/// <summary>More files of the kinds in <see cref="CasesTests"/>, each with what a person would expect of it.</summary>
public sealed class VariationsTests : IDisposable
{
    private const int Rows = 60;

    private readonly ImportSandbox _box = new();

    public void Dispose() => _box.Dispose();

    [Theory]
    [InlineData("`{0}`")]
    [InlineData("“{0}”")]
    [InlineData("«{0}»")]
    [InlineData("=\"{0}\"")]
    [InlineData("'{0}")]
    [InlineData("b'{0}'")]
    [InlineData("{0}.00")]
    [InlineData("{0},0")]
    [InlineData("{0}\u00ad")]
    [InlineData("{0}\u202c")]
    public void What_stands_around_all_ids_is_taken_off(string form)
    {
        _box.Import(_box.Write("e.csv", Table((u, i) => $"{u};{string.Format(CultureInfo.InvariantCulture, form, i)};5", ';')));
        Assert.Equal("30 31 32 33 34 35 36", ItemIds);
    }

    [Theory]
    [InlineData("{0}", "00{0}", "--fold-ids")]
    [InlineData("Café{0}", "Cafe\u0301{0}", "--fold-ids")]
    [InlineData("Rock'n{0}", "Rock’n{0}", "--fold-ids")]
    [InlineData("A-{0}", "A–{0}", "--fold-ids")]
    [InlineData("A{0}", "A\u200b{0}", "--fold-ids")]
    [InlineData("A{0}", "{{A{0}}}", "--fold-ids")]
    [InlineData("1{0}", "\uff11{0}", "--fold-ids")]
    [InlineData("3{0}", "\u0663{0}", "--fold-ids")]
    [InlineData("A{0}", "\uff21{0}", "--fold-ids")]
    [InlineData("70{0}", "7,0{0}", "--fold-ids")]
    [InlineData("12345{0}", "1.234.5{0}", "--fold-ids")]
    [InlineData("3-Jan", "{0}", "look like dates, such as 3-Jan")]
    [InlineData("4111111111111{0}0", "4111111111112{0}0", "a spreadsheet keeps 15 digits")]
    [InlineData("9,78E+12", "{0}", "scientific notation, such as 9,78E+12")]
    [InlineData("MÃ¼ller {0}", "{0}", "export it as UTF-8")]
    [InlineData("{{\"id\":\"{0}\"}}", "{0}", "are JSON or lists")]
    public void Ids_that_were_changed_are_warned_of(string one, string other, string warning) => Assert.Contains(_box.Import(_box.Write(
        "e.tsv", Table((u, i) => $"{u}\t{string.Format(CultureInfo.InvariantCulture, (u + i) % 2 == 0 ? one : other, i)}\t5",
            '\t'))).Warnings,
        w => w.Contains(warning, StringComparison.Ordinal));

    [Theory]
    [InlineData("1{0}", "\uff11{0}")]
    [InlineData("3{0}", "\u0663{0}")]
    [InlineData("a{0}", "\uff21{0}")]
    [InlineData("70{0}", "7,0{0}")]
    [InlineData("12345{0}", "1.234.5{0}")]
    public void Ids_of_several_spellings_are_folded(string one, string other)
    {
        string path = _box.Write("e.tsv", Table((u, i) =>
            $"{u}\t{string.Format(CultureInfo.InvariantCulture, (u + i) % 2 == 0 ? one : other, i)}\t5", '\t'));
        Assert.Equal(7, _box.Import(new ImportOptions { Sources = [path], FoldIds = true }).Items);
    }

    [Fact]
    public void Ratings_that_are_all_the_same_are_named() => Assert.Contains(
        _box.Import(_box.Write("e.csv", "user,item,rating\n" + string.Concat(Pairs.Select(p => $"{p.User},{p.Item},5\n")))).Warnings,
        w => w.StartsWith("All ratings are 5, so that they say only that something happened: --value none", StringComparison.Ordinal));

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Labels_with_spaces_between_them_are_asked_about(bool areLabels)
    {
        string[] words = ["Drama", "Comedy", "Crime", "War"];
        string Labels(int item) => areLabels ? string.Join(' ', words.Where((_, n) => (item >> n & 1) > 0)) : $"The title of {item}";
        string events = _box.Write("e.csv", "user,item\n"
            + string.Concat(Enumerable.Range(0, 60).Select(n => $"u{n % 7},i{n % 15 + 1}\n")));
        string items = _box.Write("items.csv", "item,genres\n"
            + string.Concat(Enumerable.Range(1, 15).Select(item => $"i{item},{Labels(item)}\n")));
        var warnings = _box.Import(new ImportOptions { Sources = [events], ItemAttributes = [items] }).Warnings;
        Assert.Equal(areLabels, warnings.Any(w => w.Contains("--label-separator ' ' takes them apart", StringComparison.Ordinal)));
        var taken = _box.Import(new ImportOptions { Sources = [events], ItemAttributes = [items], LabelSeparator = " " });
        if (areLabels) Assert.Contains(taken.Notes, note => note.Contains("genres (4 labels)", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("#NV")]
    [InlineData("#DIV/0!")]
    [InlineData("n.a.")]
    [InlineData("(blank)")]
    [InlineData("\\\\N")]
    public void Words_of_more_programs_mean_that_there_is_none(string word) => Assert.Contains("a word for a missing value",
        _box.Refusal(_box.Write("e.csv", Table((u, i) => $"{(u == 3 ? word : u)},{i},5"))), StringComparison.Ordinal);

    [Theory]
    [InlineData("[deleted]")]
    [InlineData("-999")]
    [InlineData("00000000-0000-0000-0000-000000000000")]
    [InlineData("keine Angabe")]
    public void Words_that_may_mean_none_are_asked_about(string word) => Assert.Contains(
        _box.Import(_box.Write("e.csv", Table((u, i) => $"{(u % 3 == 0 ? word : u)},{i},5"))).Warnings,
        w => w.Contains($"--null '{word}'", StringComparison.Ordinal));

    [Fact]
    public void A_time_of_zero_is_asked_about() => Assert.Contains(_box.Import(_box.Write("e.csv",
        "user,item,time\n"
            + string.Concat(Pairs.Select(p => $"{p.User},{p.Item},{(p.User == 3 ? 0 : 1_672_900_000 + p.User)}\n")))).Warnings,
        w => w.Contains("leave them out with --null 0 --on-error skip", StringComparison.Ordinal));

    [Theory]
    [InlineData("is_new_customer", "1", "0")]
    [InlineData("verified", "ja", "nein")]
    [InlineData("opinion", "like", "dislike")]
    [InlineData("sign", "1", "-1")]
    public void A_column_that_says_yes_or_no_is_asked_about_and_taken(string name, string yes, string no)
    {
        string file = _box.Write("e.csv",
            $"user,item,{name}\n" + string.Concat(Pairs.Select(p => $"{p.User},{p.Item},{(p.User % 3 == 0 ? no : yes)}\n")));
        var summary = _box.Import(file);
        Assert.Contains($"--value {name} leaves the former out", Assert.Single(summary.Warnings), StringComparison.Ordinal);
        Assert.Equal(Rows, summary.Events);
        Assert.Equal(Pairs.Count(p => p.User % 3 != 0), _box.Import(new ImportOptions { Sources = [file], Value = name }).Events);
        Assert.Empty(_box.Import(new ImportOptions { Sources = [file], Value = "none" }).Warnings);
    }

    [Fact]
    public void Negative_types_of_events_are_asked_about() => Assert.Contains("--weight dislike=0 --weight like=1",
        Assert.Single(_box.Import(
        _box.Write("e.csv", "user,item,action\n" + string.Concat(Pairs.Select(p =>
            $"{p.User},{p.Item},{(p.User % 3 == 0 ? "dislike" : "like")}\n"))))
        .Warnings), StringComparison.Ordinal);

    [Fact]
    public void Files_of_several_kinds_of_events_name_the_option()
    {
        string[] files = [_box.Write("views.csv", Table((u, i) => $"{u},{i}", header: "user,item")),
            _box.Write("purchases.csv", Table((u, i) => $"{u + 1},{i}", header: "user,item"))];
        Assert.Contains($"--file {files[0]}:view=1 --file {files[1]}:purchase=2", Assert.Single(_box.Import(files).Warnings),
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("col1,col2,col3\n")]
    [InlineData("V1,V2,V3\n")]
    public void Generated_names_are_a_header(string header) => Assert.Contains("--user", _box.RefusalOfText(
        header + string.Concat(Pairs.Select(p => $"u{p.User},i{p.Item},x\n"))), StringComparison.Ordinal);

    [Fact]
    public void Numbers_of_columns_are_no_row()
    {
        var summary = _box.ImportText("0,1,2,3\n" + string.Concat(Pairs.Select(p => $"{p.User},{p.Item},5,{1_672_900_000 + p.User}\n")));
        Assert.Equal((Rows, "column 4"), (summary.Rows.Read, summary.Columns["time"]));
    }

    [Theory]
    [InlineData("\uFEFFuser,item,rating")]
    [InlineData("USER,Item,Rating")]
    [InlineData("----,----,------")]
    [InlineData("\u00a0,\u00a0,")]
    public void Rows_that_are_none_are_skipped(string line) => Assert.Equal((Rows, 0), _box.ImportText(
        Table((u, i) => u == 2 ? $"{u},{i},4\n{line}" : $"{u},{i},5")).Rows is var rows ? (rows.Read, rows.Invalid) : default);

    [Fact]
    public void A_header_in_another_order_is_refused() => Assert.Contains("a header again, with the columns in another order",
        _box.RefusalOfText(
        Table((u, i) => u == 2 ? $"{u},{i},4\nitem,user,rating" : $"{u},{i},5")), StringComparison.Ordinal);

    [Theory]
    [InlineData("\u001f")]
    [InlineData("\u0002")]
    [InlineData("||")]
    [InlineData("§")]
    public void Rare_delimiters_are_found_without_a_header(string delimiter) => Assert.Equal(Rows,
        _box.ImportText(string.Concat(Pairs.Select(p => $"u{p.User}{delimiter}i{p.Item}{delimiter}5\n"))).Events);

    [Fact]
    public void Columns_may_be_aligned_with_spaces()
    {
        var summary = _box.ImportText($"{"user",-9}{"item",-8}rating\n" + string.Concat(Pairs.Select(p => $"{p.User,-9}{p.Item,-8}5\n")));
        Assert.Equal((Rows, "rating"), (summary.Events, summary.Columns["value"]));
    }

    [Theory]
    [InlineData("INSERT INTO ratings (user_id,item_id,rating) VALUES\n(1,2,3),\n(1,3,4);\n", "SQL statements")]
    [InlineData("<table><tr><th>user_id</th></tr>\n<tr><td>1</td></tr></table>\n", "an HTML page")]
    [InlineData("<?xml version=\"1.0\"?>\n<events><event user=\"1\"/></events>\n", "XML")]
    [InlineData("1 7:1 9:1\n0 7:1 8:1\n1 2:1 3:1\n", "LibSVM")]
    public void Texts_that_are_no_tables_are_called_what_they_are(string text, string what) =>
        Assert.Contains($"is {what}", _box.RefusalOfText(text), StringComparison.Ordinal);

    [Theory]
    [InlineData("""{"7":["30","31"],"8":["30"]}""", "7 30 1|7 31 1|8 30 1")]
    [InlineData("""{"7":{"30":4,"31":5},"8":{"30":3}}""", "7 30 4|7 31 5|8 30 3")]
    [InlineData("""{"user_id":["7","7","8"],"item_id":["30","31","30"]}""", "7 30 1|7 31 1|8 30 1")]
    [InlineData("""{"user":{"0":"7","1":"8"},"item":{"0":"30","1":"30"}}""", "7 30 1|8 30 1")]
    [InlineData("""{"0":{"user":"7","item":"30"},"1":{"user":"8","item":"30"}}""", "7 30 1|8 30 1")]
    [InlineData("""{"columns":["user","item"],"data":[["7","30"],["8","30"]]}""", "7 30 1|8 30 1")]
    [InlineData("""[["7","30"],["8","30"]]""", "7 30 1|8 30 1")]
    [InlineData("[\"7\",\"30\"]\n[\"8\",\"30\"]\n", "7 30 1|8 30 1")]
    [InlineData("{\n \"user\": \"7\",\n \"item\": \"30\"\n}\n{\n \"user\": \"8\",\n \"item\": \"30\"\n}\n", "7 30 1|8 30 1")]
    [InlineData("""{"user":"7","item":"30"}{"user":"8","item":"30"}""", "7 30 1|8 30 1")]
    [InlineData("{'user': u'7', 'item': '30', 'x': None}\n{'user': '8', 'item': \"30\", 'x': True}\n", "7 30 1|8 30 1")]
    [InlineData("{\"userId\":{\"$numberInt\":\"7\"},\"item\":\"30\"}\n{\"userId\":{\"$numberInt\":\"8\"},\"item\":\"30\"}\n",
        "7 30 1|8 30 1")]
    public void Json_of_other_programs_is_read(string text, string events)
    {
        _box.Import(_box.Write("events.json", text));
        Assert.Equal(events, string.Join('|', _box.Events));
    }

    /// <summary>Half of a surrogate pair is no text.</summary>
    [Fact]
    public void Json_that_is_no_text_is_refused_in_a_sentence() =>
        Assert.NotEmpty(_box.Refusal(_box.Write("events.json", """{"7\ud800":["30"],"8":["30"]}""")));

    [Theory]
    [InlineData("frozenset({'milk', 'tea'})")]
    [InlineData("c(\"milk\", \"tea\")")]
    [InlineData("{milk,tea}")]
    [InlineData("['milk' 'tea']")]
    public void Lists_of_other_languages_are_baskets(string list)
    {
        _box.Import(_box.Write("e.tsv", "user\titems\n" + string.Concat(Enumerable.Range(0, 5).Select(u => $"{u}\t{list}\n"))));
        Assert.Equal("milk tea", ItemIds);
    }

    [Theory]
    [InlineData(";")]
    [InlineData("|")]
    [InlineData("\t")]
    [InlineData(", ")]
    public void Baskets_are_called_so_whatever_separates_them(string separator)
    {
        string[] names = ["whole milk", "tea", "pip fruit", "soda", "rolls"];
        string file = _box.Write("e.csv", string.Concat(Enumerable.Range(0, 40)
            .Select(n => string.Join(separator, names.Skip(n % 5).Take(1 + (n * 7 % 4))) + "\n")));
        Assert.Contains("--shape baskets", _box.Refusal(file), StringComparison.Ordinal);
        _box.Import(new ImportOptions { Sources = [file], Shape = TableShape.Baskets });
        Assert.Equal("pip fruit,rolls,soda,tea,whole milk", string.Join(',', Ids.Order(StringComparer.Ordinal)));
    }

    [Fact]
    public void Places_of_items_are_baskets()
    {
        string[] names = ["milk", "tea", "fruit", "soda", "rolls"];
        string file = _box.Write("e.csv", "Item(s),Item 1,Item 2,Item 3,Item 4,Item 5\n" + string.Concat(Enumerable.Range(0, 40).Select(n =>
            names.Skip(n % 5).ToArray() is var some ? $"{some.Length},{string.Join(',', some)}{new string(',', 5 - some.Length)}\n" : "")));
        Assert.Contains("--shape baskets", _box.Refusal(file), StringComparison.Ordinal);
        _box.Import(new ImportOptions { Sources = [file], Shape = TableShape.Baskets });
        Assert.Equal("fruit,milk,rolls,soda,tea", string.Join(',', Ids.Order(StringComparer.Ordinal)));
    }

    [Fact]
    public void Lines_of_numbers_that_begin_alike_may_be_baskets()
    {
        string file = _box.Write("retail.dat", string.Concat(Enumerable.Range(0, 40)
            .Select(n => string.Join(' ', Enumerable.Range(n % 5, 1 + (n * 7 % 4))) + "\n")));
        Assert.Contains("--shape baskets", _box.Refusal(file), StringComparison.Ordinal);
        Assert.Equal(40, _box.Import(new ImportOptions { Sources = [file], Shape = TableShape.Baskets }).Users);
        Assert.Equal(5, _box.Import(new ImportOptions { Sources = [file], Shape = TableShape.Lists }).Users);
    }

    [Fact]
    public void A_matrix_of_0_and_1_has_an_event_where_there_is_a_1()
    {
        string rows = string.Concat(Enumerable.Range(0, 9).Select(u =>
            $"u{u},{string.Join(',', Enumerable.Range(0, 6).Select(i => (u + i) % 3 == 0 ? 1 : 0))}\n"));
        string file = _box.Write("e.csv", ",a,b,c,d,e,f\n" + rows);
        Assert.Contains("--shape matrix", _box.Refusal(file), StringComparison.Ordinal);
        Assert.Equal((18, 9, 6), _box.Import(new ImportOptions { Sources = [file], Shape = TableShape.Matrix }) is var s ? (s.Events,
            s.Users, s.Items) : default);
    }

    [Theory]
    [InlineData("★★★★☆", 4)]
    [InlineData("4.0 out of 5 stars", 4)]
    [InlineData("4 von 5 Sternen", 4)]
    [InlineData("1.234.567", 1234567)]
    public void Values_are_read_as_people_write_them(string value, float meant)
    {
        _box.Import(_box.Write("e.csv", Table((u, i) => $"{u};{i};{value}", ';')));
        Assert.Equal(meant, _box.Result.Interactions.Histories.Weights.Span[0]);
    }

    [Theory]
    [InlineData("1.2K")]
    [InlineData("1½")]
    public void Values_that_would_be_cut_are_refused(string value) => Assert.Contains("the value is not a number",
        _box.Refusal(_box.Write("e.csv", Table((u, i) => $"{u},{i},{value}"))), StringComparison.Ordinal);

    [Theory]
    [InlineData("user,item,rating\n", "{2},{0},{1},5")] // R's names of rows
    [InlineData("user,item,rating\n", "{0},'{1}, the first',5")]
    [InlineData("", "{0},{1},5,")]
    [InlineData("", "\"{0}\",\"The \\\"{1}\\\" show\",5")]
    public void Rows_of_other_programs_are_read(string header, string row)
    {
        var summary = _box.ImportText(header + string.Concat(Pairs.Select((p, n) =>
            string.Format(CultureInfo.InvariantCulture, row, p.User, p.Item, n + 1) + "\n")));
        Assert.Equal((Rows, 9, 7, 0), (summary.Events, summary.Users, summary.Items, summary.Rows.Invalid));
    }

    [Fact]
    public void Lines_of_sql_values_are_called_so() => Assert.Contains("SQL statements",
        _box.RefusalOfText(string.Concat(Pairs.Select(p => $"({p.User},'{p.Item}',5),\n"))), StringComparison.Ordinal);

    [Fact]
    public void Nearly_all_rows_of_another_user_are_asked_about() => Assert.Contains("Nearly every row has another user", Assert.Single(
        _box.ImportText("user_id,item\n" + string.Concat(Enumerable.Range(0, 200).Select(n => $"{(n == 5 ? 4 : n)},i{n % 7}\n"))).Warnings),
        StringComparison.Ordinal);

    [Theory]
    [InlineData("Kundennummer", "Artikelnummer")]
    [InlineData("id_usuario", "id_producto")]
    [InlineData("ID_cliente", "ID_prodotto")]
    [InlineData("用户ID", "商品ID")]
    [InlineData("пользователь", "товар")]
    [InlineData("fullVisitorId", "productSKU")]
    [InlineData("anonymous_id", "product_id")]
    [InlineData("login", "repo")]
    [InlineData("kullanici_id", "urun_id")]
    [InlineData("user_nickname", "anime")]
    [InlineData("email", "isbn13")]
    public void Names_of_other_people_are_known(string user, string item) => Assert.Equal(Rows, _box.ImportText(
        $"{item},{user},rating\n" + string.Concat(Pairs.Select(p => $"{p.Item},{p.User},5\n"))) is var summary
            && (summary.Columns["user"], summary.Columns["item"]) == (user, item) ? summary.Events : 0);

    private IEnumerable<string> Ids =>
        Enumerable.Range(0, _box.Result.Interactions.Items.Count).Select(_box.Result.Interactions.Items.Id);

    private string ItemIds => string.Join(' ', Ids.Order(StringComparer.Ordinal));

    private static IEnumerable<(int User, int Item)> Pairs => Enumerable.Range(0, Rows).Select(n => (1 + (n / 7), 30 + (n % 7)));

    private static string Table(Func<int, int, string> row, char delimiter = ',', string? header = null) =>
        (header ?? string.Join(delimiter, "user", "item", "rating")) + "\n" + string.Concat(Pairs.Select(p => row(p.User, p.Item) + "\n"));
}
