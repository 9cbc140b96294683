using Kindred.Import;

namespace Kindred.Native.Tests.Import;

public sealed class RowRulesTests : IDisposable
{
    private readonly ImportSandbox _box = new();

    public void Dispose() => _box.Dispose();

    [Theory]
    [InlineData(",x,1,100", "the user id is empty")]
    [InlineData(" \t,x,1,100", "the user id is empty")]
    [InlineData("a,,1,100", "the item id is empty")]
    [InlineData("a,x,many,100", "the value is not a number in 'rating' (")]
    [InlineData("a,x,,100", "the value is missing")]
    [InlineData("a,x,NA,100", "the value is missing")]
    [InlineData("NULL,x,1,100", "the user id is a word for a missing value")]
    [InlineData("a,\\N,1,100", "the item id is a word for a missing value")]
    [InlineData("a,x,inf,100", "the value is not finite")]
    [InlineData("a,x,NaN,100", "the value is missing")]
    [InlineData("a,x,1e39,100", "the value is not finite")]
    [InlineData("a,x,1,yesterday", "the time is neither")]
    [InlineData("a,x,1,", "the time is missing")]
    [InlineData("a,x,1,nan", "the time is missing")]
    [InlineData("a,x,1,-1", "the time is before 1970")]
    [InlineData("a,x,1,1969-12-31T23:59:59Z", "the time is before 1970")]
    [InlineData("a,x,1,4000000000", "the time is in the future")]
    [InlineData("a,x,1,2200-01-01", "the time is in the future")]
    [InlineData("a,x,1", "3 fields instead of 4")]
    [InlineData("a,x,1,100,9", "5 fields instead of 4")]
    [InlineData("a,\"x,1,100", "a quote is opened and not closed before the end of a field")]
    [InlineData("a,\"x\"y,1,100", "a quote is opened and not closed before the end of a field")]
    public void A_row_that_breaks_a_rule_is_named_with_its_line(string bad, string reason)
    {
        string path = _box.Write("events.csv", $"user,item,rating,ts\na,x,1,100\n{bad}\nb,y,1,100\n");

        string message = _box.Refusal(path);
        Assert.StartsWith($"events.csv, line 3: {reason}", message, StringComparison.Ordinal);
        Assert.EndsWith(
            "; nothing was imported: mend the file, or leave such rows out with --on-error skip.", message, StringComparison.Ordinal);

        var summary = _box.Import(new ImportOptions { Sources = [path], OnError = ErrorPolicy.Skip });
        Assert.Equal(new RowCounts(3, 2, 0, 1, 0), summary.Rows);
        var row = Assert.Single(summary.FirstInvalid);
        Assert.Equal(("events.csv", 3L, bad.Replace('\t', ' ').Trim()), (row.File, row.Line, row.Text));
        Assert.StartsWith(reason, row.Reason, StringComparison.Ordinal);
        Assert.Equal([new ReasonCount(row.Reason, 1)], summary.Reasons);
    }

    [Theory]
    [InlineData("0")]
    [InlineData("-2")]
    public void A_weight_is_above_zero(string value) =>
        Assert.StartsWith(
            "events.csv, line 2: the value is not above 0 (--no-value 0", _box.RefusalOfText($"user,item,quantity\na,x,{value}\nb,y,1\n"),
            StringComparison.Ordinal);

    [Fact]
    public void The_sentence_says_how_many_more_rows_are_invalid()
    {
        Assert.Contains("line 2: the user id is empty: ,x (2 more rows are invalid); nothing",
            _box.RefusalOfText("user,item\n,x\na,x\n,y\nb,\n"), StringComparison.Ordinal);
        Assert.Contains("(1 more row is invalid)", _box.RefusalOfText("user,item\n,x\na,x\nb,\n"), StringComparison.Ordinal);
    }

    [Fact]
    public void Five_invalid_rows_are_shown_with_the_right_lines_of_several_files()
    {
        string first = _box.Write("1.csv", "user,item\n,x\na,x\n,y\n"),
        second = _box.Write("2.csv", "user,item\n\na\n,x\n\"b\nb\",y\nc,\n,\n");
        var summary = _box.Import(new ImportOptions { Sources = [first, second], OnError = ErrorPolicy.Skip });

        Assert.Equal(
            [("1.csv", 2), ("1.csv", 4), ("2.csv", 3), ("2.csv", 4), ("2.csv", 7)],
            summary.FirstInvalid.Select(r => (r.File, (int)r.Line)));
        Assert.Equal(new RowCounts(7, 2, 0, 5, 0), summary.Rows);
        Assert.Equal(["a x 1", "b\nb y 1"], _box.Events);
    }

    [Fact]
    public void Text_that_is_not_utf8_is_a_broken_row()
    {
        byte[] bytes = [.. "user,item\na,x\nb\u0000,y\nc,z\n"u8];
        bytes[Array.IndexOf(bytes, (byte)0)] = 0xE9;
        string path = _box.Write("latin.csv", bytes);

        Assert.StartsWith("latin.csv, line 3: the text is not valid UTF-8", _box.Refusal(path), StringComparison.Ordinal);
        Assert.Equal(1, _box.Import(new ImportOptions { Sources = [path], OnError = ErrorPolicy.Skip }).Rows.Invalid);
    }

    [Fact]
    public void One_stray_quote_costs_one_row_of_a_long_file()
    {
        string Rows(int first) => string.Concat(Enumerable.Range(first, 100_000).Select(n => $"{n},{n % 7}\n"));
        string path = _box.Write("events.csv", $"user,item\n{Rows(0)}x,\"open\n{Rows(100_000)}");

        var summary = _box.Import(new ImportOptions { Sources = [path], OnError = ErrorPolicy.Skip });
        Assert.Equal(new RowCounts(200_001, 200_000, 0, 1, 0), summary.Rows);
        Assert.Equal(100_002, Assert.Single(summary.FirstInvalid).Line);
    }

    [Fact]
    public void A_broken_row_at_the_end_of_a_long_clean_file_is_found()
    {
        string path = _box.Write("events.csv", "user,item\n" + string.Concat(Enumerable.Range(0, 200_000).Select(n => $"{n},{n % 7}\n"))
            + "short\n");
        Assert.StartsWith("events.csv, line 200002: 1 fields instead of 2: short;", _box.Refusal(path), StringComparison.Ordinal);
    }

    [Fact]
    public void Line_ends_may_be_mixed()
    {
        var summary = _box.ImportText("user,item\r\na,x\nb,y\r\nc,z");
        Assert.Equal(["a x 1", "b y 1", "c z 1"], _box.Events);
        Assert.Equal(3, summary.Rows.Read);
    }

    [Theory]
    [InlineData("1500000000", 1_500_000_000)]
    [InlineData("1500000000.9", 1_500_000_000)]
    [InlineData("1500000000123", 1_500_000_000)]
    [InlineData("1500000000123456", 1_500_000_000)]
    [InlineData("1500000000123456789", 1_500_000_000)]
    [InlineData("1.5e9", 1_500_000_000)]
    [InlineData("2017-07-14T02:40:00Z", 1_500_000_000)]
    [InlineData("2017-07-14T04:40:00+02:00", 1_500_000_000)]
    [InlineData("2017-07-14 02:40:00.5", 1_500_000_000)]
    [InlineData(" 2017-07-14 ", 1_499_990_400)]
    [InlineData("0", 0)]
    public void Times_are_seconds_of_many_spellings(string text, long seconds)
    {
        _box.ImportText($"user,item,time\na,x,{text}\n");
        Assert.Equal([$"a x 1 {seconds}"], _box.Events);
    }

    [Fact]
    public void The_future_begins_a_day_after_now()
    {
        string path = _box.Write("events.csv", "user,item,time\na,x,86400\na,y,86401\n");
        var options = new ImportOptions { Sources = [path], Now = DateTimeOffset.UnixEpoch, OnError = ErrorPolicy.Skip };
        Assert.Equal(1, _box.Import(options).Rows.Invalid);
        Assert.Equal(["a x 1 86400"], _box.Events);
    }

    [Fact]
    public void Event_weights_weigh_leave_out_and_refuse()
    {
        string path = _box.Write("events.csv", "user,item,event,ts\na,x,view,1\na,x,buy,2\na,y,scroll,3\n");
        var options = new ImportOptions { Sources = [path], Weights = new Dictionary<string, float> { ["view"] = 1, ["buy"] = 5.5f } };
        Assert.StartsWith("events.csv, line 4: the event type has no --weight", _box.Refusal(options), StringComparison.Ordinal);

        var summary =
            _box.Import(options with { Weights = new Dictionary<string, float> { ["view"] = 1, ["buy"] = 5.5f, ["scroll"] = 0 } });
        Assert.Equal(["a x 1 1", "a x 5.5 2"], _box.Events);
        Assert.Equal((ValueKind.Weights, new RowCounts(3, 2, 0, 0, 1)), (summary.Values, summary.Rows));
        Assert.Equal([new ReasonCount("its event type weighs 0", 1)], summary.Reasons);
    }

    [Fact]
    public void Event_weights_multiply_values()
    {
        string path = _box.Write("events.csv", "user,item,event,quantity\na,x,buy,3\n");
        _box.Import(new ImportOptions { Sources = [path], Weights = new Dictionary<string, float> { ["buy"] = 2 } });
        Assert.Equal(["a x 6"], _box.Events);
    }

    [Fact]
    public void Event_types_without_weights_weigh_the_same_and_the_note_says_so()
    {
        var summary = _box.ImportText("user,item,event\na,x,view\na,x,buy\nb,x,view\n");
        Assert.Equal(["a x 1", "a x 1", "b x 1"], _box.Events);
        Assert.Contains("Event types view (2), buy (1) all weigh the same; --weight TYPE=NUMBER says otherwise.", summary.Notes);
    }

    [Fact]
    public void If_all_rows_are_invalid_or_none_are_there_the_sentence_says_so()
    {
        string path = _box.Write("events.csv", "user,item\n,x\n,y\n");
        Assert.StartsWith(
            "All 2 rows are invalid, the first is events.csv, line 2: the user id is empty",
            _box.Refusal(new ImportOptions { Sources = [path], OnError = ErrorPolicy.Skip }), StringComparison.Ordinal);
        Assert.Equal("The files hold no rows; there is nothing to import.", _box.RefusalOfText("user,item\n"));
    }
}
