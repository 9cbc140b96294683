using Kindred.Import;
using Kindred.Ranking;
using Kindred.Tests.Support;

namespace Kindred.Tests.Import;

public sealed class ImpressionLogTests : IDisposable
{
    private static readonly Interactions Data = new(
        new(["ann", "bob"]), new(["a", "b", "c"]), new(new[] { 0, 1, 2 }, new[] { 0, 1 }, new long[] { 1, 2 }, new float[] { 1, 1 }));

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private ImpressionLog Read(string text)
    {
        File.WriteAllText(_folder.File("log.csv"), text);
        return ImpressionLog.Read(_folder.File("log.csv"), Data, TestContext.Current.CancellationToken);
    }

    [Fact]
    public void Rows_of_one_user_and_moment_are_one_list()
    {
        var log = Read("""
            user,item,time,event
            bob,a,1500000000,shown
            ann,a,1400000000,shown
            ann,b,1400000000,taken
            ann,zzz,1400000000,shown
            ann,b,1400000000,shown
            eve,c,1400000000,shown
            """);
        Assert.Equal((6L, 1L, 1L), (log.Rows, log.UnknownItems, log.Repeats));
        Assert.Equal([(0, 1_400_000_000L), (-1, 1_400_000_000L), (1, 1_500_000_000L)], log.Impressions.Select(i => (i.User, i.Time))
            .OrderBy(i => i.Item2).ThenByDescending(i => i.User));
        var first = log.Impressions.Single(i => i.User == 0);
        Assert.Equal([0, 1], first.Shown.Order());
        Assert.Equal([1], first.Taken);
    }

    [Theory]
    [InlineData("user,item,event\nann,a,shown\n", "has no column of times")]
    [InlineData("user,item,time\nann,a,1400000000\n", "needs a column of event types")]
    [InlineData("user,item,time,event\nann,a,1400000000,clicked\n", "the event type has no --weight")]
    [InlineData("user,item,time,event\n,a,1400000000,shown\n", "the user id is empty")]
    public void What_is_no_log_is_refused(string text, string expected) =>
        Assert.Contains(expected, Assert.Throws<InputException>(() => Read(text)).Message, StringComparison.Ordinal);
}
