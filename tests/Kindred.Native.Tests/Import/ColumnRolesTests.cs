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
        Assert.Equal(new Dictionary<string, string> { ["user"] = names[0], ["item"] = names[1], ["value"] = names[2],
            ["time"] = names[3] }, summary.Columns);
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
