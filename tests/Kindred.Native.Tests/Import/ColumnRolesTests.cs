using Kindred.Import;

namespace Kindred.Native.Tests.Import;

public sealed class ColumnRolesTests : IDisposable
{
    private readonly ImportSandbox _box = new();

    public void Dispose() => _box.Dispose();

    [Theory]
    [InlineData("userId,movieId,rating,timestamp", ValueKind.Ratings)]
    [InlineData("USER,ITEM,Stars,ts", ValueKind.Ratings)]
    [InlineData("visitorid,productId,quantity,date", ValueKind.Weights)]
    [InlineData("customer_id,sku,weight,time", ValueKind.Weights)]
    [InlineData("reviewerID,asin,overall,unixReviewTime", ValueKind.Ratings)]
    [InlineData("uid,iid,playcount,created_at", ValueKind.Weights)]
    [InlineData("User-ID,ISBN,Book-Rating,datetime", ValueKind.Ratings)]
    [InlineData("user_id:token,item_id:token,rating:float,timestamp:float", ValueKind.Ratings)]
    public void Usual_names_are_known(string header, ValueKind kind)
    {
        var summary = _box.ImportText($"{header}\na,x,3,60\n");
        string[] names = header.Split(',');
        Assert.Equal(new Dictionary<string, string>
        {
            ["user"] = names[0],
            ["item"] = names[1],
            ["value"] = names[2],
            ["time"] = names[3]
        }, summary.Columns);
        Assert.Equal(kind, summary.Values);
        Assert.Equal(["a x 3 60"], _box.Events);
    }

    [Theory]
    [InlineData("event")]
    [InlineData("event_type")]
    [InlineData("Action")]
    [InlineData("behavior_type")]
    [InlineData("FeedbackType")]
    public void Usual_names_of_event_types_are_known(string name)
    {
        var summary = _box.ImportText($"user,item,{name}\na,x,view\n");
        Assert.Equal(name, summary.Columns["event"]);
    }

    [Fact]
    public void The_parent_product_goes_before_the_variant()
    {
        Assert.Equal("parent_asin", _box.ImportText("user_id,asin,parent_asin,rating\na,x1,x,5\n").Columns["item"]);
    }

    [Fact]
    public void The_caller_may_name_columns_by_name_or_number()
    {
        string path = _box.Write("events.csv", "who,what,when,how\na,x,60,3\n");
        var summary = _box.Import(new ImportOptions { Sources = [path], User = "WHO", Item = "2", Value = "how", Time = "when" });
        Assert.Equal(["a x 3 60"], _box.Events);
        Assert.Equal("who", summary.Columns["user"]);
    }

    [Fact]
    public void A_column_named_for_one_role_is_not_guessed_for_another()
    {
        string path = _box.Write("events.csv", "user,item,count,time\na,x,60,3\n");
        var summary = _box.Import(new ImportOptions { Sources = [path], Time = "count" });
        Assert.False(summary.Columns.ContainsKey("value"));
        Assert.Equal(["a x 1 60"], _box.Events);
        Assert.Contains("already taken", _box.Refusal(new ImportOptions { Sources = [path], Time = "count", Value = "count" }),
            StringComparison.Ordinal);
        Assert.Contains("same column was taken for users and items", _box.Refusal(new ImportOptions { Sources = [path], User = "item" }),
            StringComparison.Ordinal);
    }

    [Fact]
    public void Values_and_times_can_be_ignored()
    {
        string path = _box.Write("events.csv", "user,item,rating,time\na,x,zero,never\n");
        var summary = _box.Import(new ImportOptions { Sources = [path], Value = "none", Time = "none" });
        Assert.Equal(["a x 1"], _box.Events);
        Assert.Equal(ValueKind.None, summary.Values);
    }

    [Fact]
    public void A_column_of_zeros_is_not_guessed_to_hold_values()
    {
        string path = _box.Write("events.csv", "user,item,value\na,x,0\nb,y,0.0\n");
        Assert.Equal(ValueKind.None, _box.Import(path).Values);
        Assert.Contains(
            "the value is not above 0", _box.Refusal(new ImportOptions { Sources = [path], Value = "value" }), StringComparison.Ordinal);
    }

    /// <summary>Small whole numbers are ratings unless the name says otherwise, which a path does with its last part.</summary>
    [Theory]
    [InlineData("lines", "qty", ValueKind.Weights)]
    [InlineData("items", "quantity", ValueKind.Weights)]
    [InlineData("review", "stars", ValueKind.Ratings)]
    public void A_nested_name_says_what_a_flat_one_does(string outer, string name, ValueKind kind)
    {
        string path = _box.Write("events.jsonl", string.Concat(Enumerable.Range(0, 6).Select(n =>
            $$$"""{"user": "u{{{n % 3}}}", "{{{outer}}}": [{"item": "i{{{n}}}", "{{{name}}}": {{{1 + (n % 3)}}}}]}""" + "\n")));
        var summary = _box.Import(path);
        Assert.Equal((name, kind), (summary.Columns["value"].Split('.')[^1], summary.Values));
    }

    /// <summary>A later amount adds to an earlier one; a later rating replaces it.</summary>
    [Theory]
    [InlineData("123,45", "864,15", ValueKind.Weights)]
    [InlineData("1.234,50 €", "12,30 €", ValueKind.Weights)]
    [InlineData("4,5", "3,0", ValueKind.Ratings)]
    [InlineData("80 %", "95 %", ValueKind.Ratings)]
    public void Amounts_as_people_write_them_are_weights(string one, string other, ValueKind kind)
    {
        string path = _box.Write("events.csv", $"user;item;Umsatz\na;x;{one}\nb;y;{other}\n");
        Assert.Equal(kind, _box.Import(new ImportOptions { Sources = [path], Value = "Umsatz" }).Values);
    }

    [Theory]
    [InlineData("usuário", "produto", "valutazione", "3")]
    [InlineData("utente", "artículo", "quantité", "3")]
    public void Names_with_accents_are_known(string user, string item, string value, string cell) =>
        Assert.Equal(new Dictionary<string, string> { ["user"] = user, ["item"] = item, ["value"] = value },
            _box.Import(new ImportOptions
            {
                Sources = [_box.Write("events.csv", $"{user},{item},{value}\na,x,{cell}\n")],
                Item = item == "produto" ? item : null,
            }).Columns);

    [Theory]
    [InlineData("Gekauft am", "01.03.2024")]
    [InlineData("horodate", "2024-03-01 10:00")]
    [InlineData("quando", "1-gen-2024 10.00")]
    public void A_column_of_dates_alone_that_is_not_used_is_warned_of(string name, string date)
    {
        string path = _box.Write("events.csv", $"user;item;{name}\na;x;{date}\nb;y;{date}\n");
        var summary = _box.Import(path);
        Assert.Contains(summary.Notes, note => note.StartsWith("No column is known to hold times", StringComparison.Ordinal));
        Assert.StartsWith($"{name} holds dates and is not used: --time '{name}'",
            Assert.Single(summary.Warnings, warning => warning.Contains("--time", StringComparison.Ordinal)), StringComparison.Ordinal);
        Assert.DoesNotContain(_box.Import(new ImportOptions { Sources = [path], Time = "none" }).Warnings,
            warning => warning.Contains("holds dates", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("Bestelldatum", "31.01.2024")]
    [InlineData("Zeitpunkt", "31.01.2024 10:00")]
    [InlineData("data e ora", "2024-01-31")]
    [InlineData("date d'achat", "31/01/2024")]
    public void Times_are_known_by_names_of_several_languages(string name, string date) =>
        Assert.Equal(name, _box.ImportText($"user;item;{name}\na;x;{date}\n").Columns["time"]);

    [Fact]
    public void Dates_that_contradict_each_other_are_refused_with_two_of_them()
    {
        string path = _box.Write("events.csv", "user,item,date\na,x,1/13/2024\nb,y,13/1/2024\nc,z,1/1/2024\n");
        string refusal = _box.Refusal(path);
        Assert.Contains("13/1/2024 can only be day-first, 1/13/2024 only month-first", refusal, StringComparison.Ordinal);
        Assert.Contains("--time-format day-first", refusal, StringComparison.Ordinal);
        Assert.Contains("no day above 12 tells", _box.RefusalOfText("user,item,date\na,x,1/2/2024\n"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Grand Total", "15 items", "user")]
    [InlineData("a", "Gesamtsumme", "item")]
    [InlineData("Subtotal (March)", "x", "user")]
    public void An_id_named_like_a_sum_is_warned_of(string user, string item, string what)
    {
        string path = _box.Write("events.csv", $"user,item,qty\na,x,1\nb,y,2\nb,x,2\n{user},{item},120\n");
        string id = what == "user" ? user : item;
        Assert.Contains($"1 {what} ids are named like a sum, such as {id}", Assert.Single(_box.Import(path).Warnings),
            StringComparison.Ordinal);
        Assert.Empty(_box.Import(new ImportOptions { Sources = [path], Null = [id], OnError = ErrorPolicy.Skip }).Warnings);
        Assert.DoesNotContain(_box.ImportText("user,item\na,Total Recall\nb,The Sum of All Fears\n").Warnings,
            warning => warning.Contains("like a sum", StringComparison.Ordinal));
    }

    [Fact]
    public void A_missing_column_is_named_with_the_columns_there_are()
    {
        string path = _box.Write("events.csv", "user,thing\na,x\n");
        Assert.Equal($"{path} has no column that is known to hold items; it has user, thing. Say which, for example: kindred " +
            $"import {path} --out DATA --item thing", _box.Refusal(path));
        Assert.Equal($"{path} has no column 'stuff' for --item; it has user, thing.",
            _box.Refusal(new ImportOptions { Sources = [path], Item = "stuff" }));
    }

    [Theory]
    [InlineData("a,x,3.5,978300760", ValueKind.Ratings, "a x 3.5 978300760")]
    [InlineData("a,x,978300760,4", ValueKind.Ratings, "a x 4 978300760")]
    [InlineData("a,x,2", ValueKind.Ratings, "a x 2")]
    [InlineData("a,x,13883", ValueKind.Weights, "a x 13883")]
    [InlineData("a,x,978300760", ValueKind.None, "a x 1 978300760")]
    [InlineData("a,x,2001-01-01", ValueKind.None, "a x 1 978307200")]
    [InlineData("a,x", ValueKind.None, "a x 1")]
    public void Columns_without_names_are_told_by_place_and_look(string line, ValueKind kind, string expected)
    {
        var summary = _box.ImportText(line + "\n");
        Assert.Equal(kind, summary.Values);
        Assert.Equal([expected], _box.Events);
    }

    [Fact]
    public void Many_columns_without_names_need_numbers()
    {
        string path = _box.Write("events.csv", "9,a,9,x,9\n8,b,8,y,8\n");
        Assert.Contains("has 5 columns and no header; say which is which by number, for example --user 1 --item 2", _box.Refusal(path),
            StringComparison.Ordinal);
        _box.Import(new ImportOptions { Sources = [path], User = "2", Item = "4" });
        Assert.Equal(["a x 1", "b y 1"], _box.Events);
    }
}
