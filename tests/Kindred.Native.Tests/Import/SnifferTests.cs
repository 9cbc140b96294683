using Kindred.Import;
using Kindred.Tests.Support;

namespace Kindred.Native.Tests.Import;

public sealed class SnifferTests : IDisposable
{
    private readonly ImportSandbox _box = new();

    public void Dispose() => _box.Dispose();

    [Theory]
    [InlineData("user,item,rating,ts\na,x,5,100\n", "4 columns separated by comma, with a header")]
    [InlineData("user;item;rating;ts\na;x;5;100\n", "4 columns separated by semicolon, with a header")]
    [InlineData("user\titem\trating\tts\na\tx\t5\t100\n", "4 columns separated by tab, with a header")]
    [InlineData("user|item|rating|ts\na|x|5|100\n", "4 columns separated by '|', with a header")]
    [InlineData("user item rating ts\na x 5 100\n", "4 columns separated by space, with a header")]
    [InlineData("a::x::5::978300760\n", "4 columns separated by '::', without a header")]
    [InlineData("a\tx\t5\t881250949\n", "4 columns separated by tab, without a header")]
    public void Delimiter_and_header_are_found(string text, string description)
    {
        var summary = _box.ImportText(text);
        Assert.Equal(description, summary.Format);
        Assert.StartsWith("a x 5 ", Assert.Single(_box.Events), StringComparison.Ordinal);
        Assert.Equal(ValueKind.Ratings, summary.Values);
    }

    [Fact]
    public void A_decimal_comma_does_not_hide_the_semicolon()
    {
        _box.ImportText("user;item;rating\na;x;3,5\n");
        Assert.Equal(["a x 3.5"], _box.Events);
    }

    [Fact]
    public void Spaces_in_dates_do_not_hide_the_comma()
    {
        _box.ImportText("user,item,date\na,x,1970-01-01 00:01:00\nb,x,1970-01-01 00:02:00\n");
        Assert.Equal(["a x 1 60", "b x 1 120"], _box.Events);
    }

    [Fact]
    public void The_caller_may_name_delimiter_and_header()
    {
        string path = _box.Write("events.csv", "user#item\na#x\n");
        _box.Import(new ImportOptions { Sources = [path], Delimiter = "#", Header = false });
        Assert.Equal(["a x 1", "user item 1"], _box.Events);
        _box.Import(new ImportOptions { Sources = [_box.Write("t.tsv", "user\titem\na\tx\n")], Delimiter = "\\t" });
    }

    [Fact]
    public void Without_any_delimiter_the_sentence_says_so() =>
        Assert.Contains("no delimiter was found in 'hello'", _box.RefusalOfText("hello\nworld\n"), StringComparison.Ordinal);

    [Fact]
    public void Lines_of_uneven_length_are_item_lists()
    {
        var summary = _box.ImportText("0 5 3 9\n1 3\n2\n3 9  5\t7 \n");
        Assert.Equal("lines 'user item item …'", summary.Format);
        Assert.Equal(["0 5 1", "0 3 1", "0 9 1", "1 3 1", "3 9 1", "3 5 1", "3 7 1"], _box.Events);
    }

    [Fact]
    public void Pairs_in_order_of_time_keep_their_order()
    {
        var summary = _box.ImportText("1 30\n1 10\n2 10\n1 20\n");
        Assert.Equal(["1 30 1", "1 10 1", "1 20 1", "2 10 1"], _box.Events);
        Assert.Contains(
            "No column is known to hold times: time splits are not possible; the order of rows is taken for the order of events.",
            summary.Notes);
    }

    [Fact]
    public void Json_lines_are_read_with_their_line_numbers()
    {
        string path = _box.Write("events.jsonl", """
            {"reviewerID": "a", "asin": 7, "overall": 4.5, "unixReviewTime": 100, "more": {"x": [1]}}

            {"asin": "00É", "reviewerID": "b", "overall": 2, "unixReviewTime": "1970-01-02"}
            {"reviewerID": "c", "asin": "x", "overall": 2
            {"reviewerID": null, "asin": "x", "overall": 2, "unixReviewTime": 5}
            """);
        var summary = _box.Import(new ImportOptions { Sources = [path], OnError = ErrorPolicy.Skip });

        Assert.Equal(["a 7 4.5 100", "b 00É 2 86400"], _box.Events);
        Assert.Equal("JSON lines", summary.Format);
        Assert.Equal(
            [(4L, "the line is not a JSON object"), (5L, "the user id is empty")], summary.FirstInvalid.Select(r => (r.Line, r.Reason)));
    }

    [Theory]
    [InlineData("[\n{\"user\": 1, \"item\": 2}\n]\n")]
    [InlineData("[{\"user\": 1,\n\"item\": 2}]")]
    [InlineData("{\n  \"total\": 1,\n  \"rows\": [{\"user\": 1, \"item\": 2}]\n}\n")]
    public void One_json_document_with_an_array_of_objects_is_read(string text)
    {
        Assert.Equal("JSON lines (one JSON document)", _box.ImportText(text).Format);
        Assert.Equal(["1 2 1"], _box.Events);
    }

    [Fact]
    public void Parquet_is_read_with_its_types()
    {
        string path = _box.Copy("events.parquet", """
            SELECT * FROM (VALUES (1, 'x', 2.5, TIMESTAMP '1970-01-01 00:01:00'), (2, '', 1, TIMESTAMP '1970-01-01 00:02:00')) t("userId", "itemId", rating, "timestamp")
            """, "FORMAT parquet");
        var summary = _box.Import(new ImportOptions { Sources = [path], OnError = ErrorPolicy.Skip });
        Assert.Equal(["1 x 2.5 60"], _box.Events);
        Assert.Equal((2L, "the item id is empty"), (summary.FirstInvalid[0].Line, summary.FirstInvalid[0].Reason));
        Assert.Contains("\"userId\":2", summary.FirstInvalid[0].Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Quoted_fields_hold_delimiters_quotes_and_line_ends()
    {
        _box.ImportText("\"user\",\"item\"\n\"a,1\",\"say \"\"x\"\"\"\n\"b\n2\",y\n");
        Assert.Equal(["a,1 say \"x\" 1", "b\n2 y 1"], _box.Events);
    }

    [Fact]
    public void Lines_may_end_in_cr_alone()
    {
        Assert.Contains("lines that end in CR alone", _box.ImportText("user,item\ra,x\rb,y\r").Format, StringComparison.Ordinal);
        Assert.Equal(["a x 1", "b y 1"], _box.Events);
    }

    [Theory]
    [InlineData("gowalla", "train.txt.gz", 29_858, 40_981, 810_128)]
    [InlineData("ml-1m", "sasrec_ml-1m.txt.gz", 6_040, 3_416, 999_611)]
    [InlineData("ml-1m", "ratings.parquet", 6_040, 3_706, 1_000_209)]
    [InlineData("amazon-beauty", "sequences.txt.gz", 22_363, 12_101, 198_502)]
    [InlineData("hetrec-lastfm", "user_artists.dat.gz", 1_892, 17_632, 92_834)]
    public void Published_files_have_their_published_counts(string set, string file, int users, int items, long events)
    {
        var summary = _box.Import(Path.Combine(RealData.Folder(set), file));
        Assert.Equal((users, items, events), (summary.Users, summary.Items, summary.Events));
    }
}
