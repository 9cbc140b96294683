using Kindred.Data;
using Kindred.Import;
using Kindred.Models;

namespace Kindred.Native.Tests.Import;

/// <summary>Files as people have them, each a kind: small ones are in the folder <c>cases</c>. Most hold the same 151 events.</summary>
public sealed class CasesTests : IDisposable
{
    private const int Events = 151, Users = 24, Items = 18;

    private readonly ImportSandbox _box = new();

    public void Dispose() => _box.Dispose();

    [Theory]
    [InlineData("attributes-join-on-the-wrong-id/ratings.csv")]
    [InlineData("columns-with-other-names/Member_number-itemDescription.csv", 40, 21)]
    [InlineData("columns-with-other-names/author-subreddit.csv", 40, 21)]
    [InlineData("columns-with-other-names/buyer_id-listing_id.csv", 40, 21)]
    [InlineData("columns-with-other-names/cust_id-prod_id.csv", 40, 21)]
    [InlineData("columns-with-other-names/device_id-app_id.csv", 40, 21)]
    [InlineData("columns-with-other-names/member-post_id.csv", 40, 21)]
    [InlineData("columns-with-other-names/session_id-product_id.csv", 40, 21)]
    [InlineData("columns-with-other-names/userID-placeID.csv", 40, 21)]
    [InlineData("delimiters-less-common/caret.csv")]
    [InlineData("delimiters-less-common/hive.txt")]
    [InlineData("delimiters-less-common/tilde.csv")]
    [InlineData("excel-blank-rows/events.csv")]
    [InlineData("header-of-unknown-words/events.csv")]
    [InlineData("header-repeated/events.csv")]
    [InlineData("ids-float-asked-as-integer/events.csv")]
    [InlineData("ids-float-mixed/events.csv")]
    [InlineData("ids-invisible-characters/events.csv")]
    [InlineData("ids-invisible-characters/zero-width.csv")]
    [InlineData("ids-with-quotes-inside/events.csv")]
    [InlineData("json-arrays-of-items/lines.jsonl")]
    [InlineData("json-arrays-of-items/orders.jsonl")]
    [InlineData("json-nested-two-deep/array.json")]
    [InlineData("json-nested-two-deep/events.jsonl")]
    [InlineData("json-nested-two-deep/wrapped.json")]
    [InlineData("line-ends-cr/events.csv.gz")]
    [InlineData("lines-before-the-header/comment.csv")]
    [InlineData("lines-before-the-header/sep.csv")]
    [InlineData("lines-before-the-header/title.csv")]
    [InlineData("no-times/events.csv")]
    [InlineData("parquet-structs/events.parquet")]
    [InlineData("quotes-escaped-by-backslash/events.csv")]
    [InlineData("rows-shorter-than-the-header/events.csv")]
    [InlineData("semicolons-with-more-commas/events.csv")]
    [InlineData("single-quotes/events.csv")]
    public void It_is_read_as_it_is_meant(string file, int events = Events, int users = Users)
    {
        var summary = _box.Import(Case(file));
        Assert.Equal((events, users, Items, 0), (summary.Events, summary.Users, summary.Items, summary.Rows.Invalid));
        Assert.Empty(summary.Warnings);
    }

    [Theory]
    [InlineData("dates-compact/events.csv", "2023-01-05")]
    [InlineData("dates-compact/events14.csv", "2023-01-05 04:21:09")]
    [InlineData("dates-day-first/dash.csv", "2023-01-05")]
    [InlineData("dates-day-first/dot.csv", "2023-01-05 04:21:00")]
    [InlineData("dates-excel-serial/events.csv", "2023-01-05 04:21:08")]
    [InlineData("dates-in-two-columns/events.csv", "2023-01-05 04:21:09")]
    [InlineData("dates-month-first/events.csv", "2023-01-05 04:21:00")]
    [InlineData("dates-unreadable-two-digit-year/events.csv", "2023-01-05 04:21:00")]
    public void Times_are_read_as_they_are_meant(string file, string first)
    {
        var summary = _box.Import(Case(file));
        var data = _box.Result.Interactions;
        Assert.True(data.Users.TryGetIndex("7013", out int user));
        Assert.True(data.Items.TryGetIndex("314", out int item));
        int place = data.Histories.ItemsOf(user).Span.IndexOf(item);
        Assert.Equal(DateTimeOffset.Parse($"{first}Z"), DateTimeOffset.FromUnixTimeSeconds(data.Histories.TimesOf(user).Span[place]));
        Assert.Equal((Events, 0), (summary.Events, summary.Rows.Invalid));
        Assert.Equal(2023, summary.Last!.Value.Year);
        Assert.Empty(summary.Warnings);
    }

    [Theory]
    [InlineData("numbers-of-other-countries/decimal-comma.csv", "1.5 to 5.5, 4.5 in the middle")]
    [InlineData("numbers-of-other-countries/thousands.csv", "411 to 2055, 1644 in the middle")]
    [InlineData("values-written-as-words/stars.csv", "1 to 5, 4 in the middle")]
    [InlineData("values-written-as-words/of-five.csv", "1 to 5, 4 in the middle")]
    [InlineData("values-written-as-words/percent.csv", "20 to 100, 80 in the middle")]
    [InlineData("values-written-as-words/bool.csv", "0 to 1, 1 in the middle")]
    [InlineData("ratings-that-are-zero-or-negative/zero-to-two.csv", "0 to 2, 1 in the middle")]
    [InlineData("ratings-that-are-zero-or-negative/minus-ten-to-ten.csv", "-8.5 to 7.5, 3.5 in the middle")]
    public void Values_are_read_as_they_are_meant(string file, string spread)
    {
        var summary = _box.Import(Case(file));
        Assert.Equal((spread, Events), (summary.Spread!.ToString(), summary.Rows.Kept));
        Assert.Empty(summary.Warnings);
    }

    [Fact]
    public void A_value_that_means_none_is_asked_about_and_left_out()
    {
        string file = Case("ratings-that-are-zero-or-negative/minus-one-is-no-rating.csv");
        Assert.Contains("say so with --no-value -1", Assert.Single(_box.Import(file).Warnings), StringComparison.Ordinal);
        var summary = _box.Import(new ImportOptions { Sources = [file], NoValue = -1 });
        Assert.Equal(new RowCounts(Events, 120, 0, 0, 31), summary.Rows);
        Assert.Equal("2 to 10, 8 in the middle", summary.Spread!.ToString());
    }

    [Theory]
    [InlineData("label-zero-or-one/clicks.csv", "click")]
    [InlineData("label-zero-or-one/liked.csv", "liked")]
    public void What_did_not_happen_is_no_event(string file, string column)
    {
        var summary = _box.Import(Case(file));
        Assert.Equal((column, new RowCounts(Events, 85, 0, 0, 66)), (summary.Columns["value"], summary.Rows));
        Assert.Equal(Events, _box.Import(new ImportOptions { Sources = [Case(file)], Value = "none" }).Events);
    }

    [Theory]
    [InlineData("null_0")]
    [InlineData("nan_1")]
    [InlineData("none_2")]
    [InlineData("nan_3")]
    [InlineData("na_4")]
    public void Words_for_missing_ids_are_no_users(string name)
    {
        string file = Case($"ids-null-words/{name}.csv");
        Assert.Contains("the user id is a word for a missing value", _box.Refusal(file), StringComparison.Ordinal);
        var summary = _box.Import(new ImportOptions { Sources = [file], OnError = ErrorPolicy.Skip });
        Assert.Equal((Users, 26), (summary.Users, summary.Rows.Invalid));
    }

    [Fact]
    public void Ids_that_lost_digits_are_warned_of()
    {
        string file = Case("ids-scientific/events.csv");
        Assert.Contains("item ids are in scientific notation, such as 9.78014E+12", Assert.Single(_box.Import(file).Warnings),
            StringComparison.Ordinal);
        Assert.Contains("Warnings are errors (--strict)", _box.Refusal(new ImportOptions { Sources = [file], Strict = true }),
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_short_file_that_may_have_a_header_asks()
    {
        string file = _box.Write("two.csv", "who,what\nann,tea\n");
        Assert.Equal(
            "The first row, who and what, may be a header: its ids occur nowhere else; "
            + "--user who --item what takes it for one, --no-header for an event.",
            Assert.Single(_box.Import(file).Warnings, warning => warning.StartsWith("The first row", StringComparison.Ordinal)));
        Assert.DoesNotContain(_box.Import(new ImportOptions { Sources = [file], Header = false }).Warnings,
            warning => warning.StartsWith("The first row", StringComparison.Ordinal));
        Assert.Equal(1, _box.Import(new ImportOptions { Sources = [file], User = "who", Item = "what" }).Events);
    }

    [Fact]
    public void A_running_number_is_no_user()
    {
        string file = Case("two-user-columns/events.csv");
        Assert.Equal(
            "Every row has another user: user_id looks like the number of the row; name the column of users with --user customer_id.",
            Assert.Single(_box.Import(file).Warnings));
        Assert.Equal(Users, _box.Import(new ImportOptions { Sources = [file], User = "customer_id" }).Users);
    }

    [Fact]
    public void Events_of_one_second_keep_the_order_of_their_milliseconds()
    {
        _box.Import(Case("milliseconds-newest-first/clicks.csv"));
        var data = _box.Result.Interactions;
        Assert.True(data.Users.TryGetIndex("v5", out int user));
        Assert.Equal(["m15", "m16", "m17", "m18", "m19", "m20"], data.Histories.ItemsOf(user).ToArray().Select(data.Items.Id));
    }

    [Fact]
    public void An_encoding_is_named_by_the_message_and_the_option()
    {
        string file = Case("encoding-windows-1252/events.csv");
        Assert.Contains("name its encoding, such as --encoding windows-1252", _box.Refusal(file), StringComparison.Ordinal);
        _box.Import(new ImportOptions { Sources = [file], Encoding = "windows-1252" });
        Assert.True(_box.Result.Interactions.Items.TryGetIndex("Café 314", out _));
    }

    [Fact]
    public void A_workbook_that_cannot_be_read_is_called_one() => Assert.EndsWith(
        "is an Excel workbook whose first sheet cannot be read; save the sheet as CSV (UTF-8).",
        _box.Refusal(Case("excel-workbook/events.xlsx")), StringComparison.Ordinal);

    [Fact]
    public void Every_row_ends_in_a_delimiter_and_one_is_broken()
    {
        string file = Case("trailing-delimiter-and-one-broken-row/events.csv");
        Assert.Contains("line 153: 6 fields instead of 4", _box.Refusal(file), StringComparison.Ordinal);
        Assert.Equal(new RowCounts(Events + 1, Events, 0, 1, 0),
            _box.Import(new ImportOptions { Sources = [file], OnError = ErrorPolicy.Skip }).Rows);
    }

    [Fact]
    public void Baskets_are_called_so_and_read()
    {
        string file = Case("baskets-comma-no-header/baskets.csv");
        Assert.Contains("looks like baskets", _box.Refusal(file), StringComparison.Ordinal);
        var summary = _box.Import(new ImportOptions { Sources = [file], Shape = TableShape.Baskets });
        Assert.Equal((1053, 300, 12), (summary.Events, summary.Users, summary.Items));
    }

    [Fact]
    public void Baskets_in_one_column_are_called_so_and_read()
    {
        string orders = Case("baskets-in-one-column/orders.csv"), list = Case("baskets-in-one-column/list.csv");
        Assert.Contains("--item-separator ','", _box.Refusal(orders), StringComparison.Ordinal);
        Assert.Equal((12, 1053), (_box.Import(list).Items, _box.Import(list).Rows.Read));
        Assert.Equal((12, 1053), (_box.Import(new ImportOptions { Sources = [orders], ItemSeparator = "," }).Items, 1053));
        Assert.True(_box.Import(new ImportOptions { Sources = [orders], ItemSeparator = "none" }).Items > 100);
    }

    [Fact]
    public void A_matrix_is_called_so_and_read()
    {
        string empty = Case("wide-matrix/empty.csv"), jester = Case("wide-matrix/jester.csv");
        Assert.EndsWith("--shape matrix", _box.Refusal(empty), StringComparison.Ordinal);
        Assert.EndsWith("--shape matrix", _box.Refusal(jester), StringComparison.Ordinal);
        var summary = _box.Import(new ImportOptions { Sources = [empty], Shape = TableShape.Matrix });
        Assert.Equal((Events, Users, Items), (summary.Events, summary.Users, summary.Items));
        Assert.Contains("--no-value 99",
            Assert.Single(_box.Import(new ImportOptions { Sources = [jester], Shape = TableShape.Matrix }).Warnings),
            StringComparison.Ordinal);
        summary = _box.Import(new ImportOptions { Sources = [jester], Shape = TableShape.Matrix, NoValue = 99 });
        Assert.Equal((Events, Users, Items), (summary.Events, summary.Users, summary.Items));
    }

    [Fact]
    public void Files_of_one_kind_of_event_each_have_their_weights()
    {
        var options = new ImportOptions
        {
            Sources = [],
            Files = [new(Case("a-file-for-each-kind-of-event/views.csv"), "view", 1),
                new(Case("a-file-for-each-kind-of-event/purchases.csv"), "purchase", 5)],
        };
        var summary = _box.Import(options);
        Assert.Equal((ValueKind.Weights, "1 to 5, 1 in the middle"), (summary.Values, summary.Spread!.ToString()));
        Assert.Equal(summary.Rows.Read, summary.Events);
    }

    [Fact]
    public void Counts_show_their_spread_and_weigh_by_it()
    {
        var summary = _box.Import(Case("play-counts/plays.csv"));
        Assert.Equal(("1 to 80759, 11 in the middle", new ValueScale(ValueScaling.Log, 11)), (summary.Spread!.ToString(), summary.Scale));
        Assert.Contains("A few large values would decide everything, so an event weighs 1 + log10(1 + value / 11); "
            + "--scale raw, log, cap or none says otherwise.", summary.Notes);
        Assert.InRange(_box.Result.Interactions.Histories.Weights.ToArray().Max(), 4.8f, 4.9f);
        Assert.Equal(80759, _box.Result.Values.ToArray().Max());
    }

    [Fact]
    public void Attributes_join_by_the_column_of_the_events()
    {
        string ratings = Case("attributes-join-on-the-wrong-id/ratings.csv"), books = Case("attributes-join-on-the-wrong-id/books.csv");
        _box.Import(new ImportOptions { Sources = [ratings], ItemAttributes = [books] });
        Assert.Equal(Items, Enumerable.Range(0, Items)
            .Count(n => _box.Result.ItemCatalog.TitleOf(n)?.StartsWith("Book ", StringComparison.Ordinal) == true));
        using var other = new ImportSandbox();
        var summary = other.Import(new ImportOptions { Sources = [ratings], ItemAttributes = [books], ItemId = "isbn" });
        Assert.Contains("--item-id names another", Assert.Single(summary.Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public void Labels_are_taken_apart_whatever_separates_them()
    {
        _box.Import(new ImportOptions
        {
            Sources = [Case("attributes-labels-separated-by-commas/ratings.csv")],
            ItemAttributes = [Case("attributes-labels-separated-by-commas/films.csv")],
        });
        Assert.Equal((6, 6), (_box.Result.ItemCatalog.Labels["genre"].Labels.Count, _box.Result.ItemCatalog.Labels["tags"].Labels.Count));
    }

    [Fact]
    public void The_only_text_is_the_title()
    {
        string plays = Case("attributes-title-has-another-name/plays.csv"), games = Case("attributes-title-has-another-name/games.csv");
        _box.Import(new ImportOptions { Sources = [plays], ItemAttributes = [games] });
        Assert.True(_box.Result.Interactions.Items.TryGetIndex("303", out int item));
        Assert.Equal("Game of 3", _box.Result.ItemCatalog.TitleOf(item));
    }

    [Fact]
    public void Arrays_of_numbers_are_a_vector_that_models_learn_from()
    {
        var summary = _box.Import(new ImportOptions
        {
            Sources = [Case("attributes-with-embeddings/ratings.csv")],
            ItemAttributes = [Case("attributes-with-embeddings/items.jsonl")],
        });
        Assert.Empty(_box.Result.ItemCatalog.Labels);
        Assert.Contains("Attributes of items: title (text), embedding (vector of 3 numbers).", summary.Notes);
        var data = _box.Result.Interactions;
        Assert.True(data.Items.TryGetIndex("300", out int item));
        Assert.Equal([.564f, .129f, .983f],
            Enumerable.Range(0, 3).Select(d => _box.Result.ItemCatalog.Numbers[$"embedding.{d}"].Values.Span[item]));
        var model = new FactorizationMachine { Features = "user + item.embedding.*", Epochs = 1 }.Train(data, new());
        var scores = new float[data.Items.Count];
        model.Score(Query.Of(data, 0), scores);
        Assert.True(scores.Distinct().Count() > 1);
    }

    [Fact]
    public void What_is_skipped_or_not_used_is_named()
    {
        Assert.Equal([new ReasonCount("blank rows of delimiters alone", 500)], _box.Import(Case("excel-blank-rows/events.csv")).Skipped);
        Assert.Equal([new ReasonCount("repeated headers", 2)], _box.Import(Case("header-repeated/events.csv")).Skipped);
        Assert.Equal([new ReasonCount("lines before the header", 2)], _box.Import(Case("lines-before-the-header/title.csv")).Skipped);
        Assert.Equal(["comment"], _box.Import(Case("rows-shorter-than-the-header/events.csv")).Unused);
    }

    private static string Case(string file) => Path.Combine(AppContext.BaseDirectory, "Import", "cases", file);
}
