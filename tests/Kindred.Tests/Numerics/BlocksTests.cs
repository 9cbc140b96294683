using Kindred.Numerics;

namespace Kindred.Tests.Numerics;

public sealed class BlocksTests
{
    [Theory]
    [InlineData(0, 4, 2)]
    [InlineData(1, 4, 2)]
    [InlineData(17, 4, 1)]
    [InlineData(17, 4, 3)]
    [InlineData(1000, 7, 8)]
    public void Every_row_is_visited_once(int rows, int blockRows, int workers)
    {
        var visits = new int[rows];
        Blocks.ForEach(rows, blockRows, workers, (first, end) =>
        {
            Assert.InRange(end - first, 1, blockRows);
            for (int row = first; row < end; row++) Interlocked.Increment(ref visits[row]);
        }, TestContext.Current.CancellationToken);
        Assert.All(visits, v => Assert.Equal(1, v));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public void The_callers_exception_comes_through_as_it_is(int workers) =>
        Assert.Equal("row 20", Assert.Throws<InputException>(() => Blocks.ForEach(100, 10, workers,
            (first, _) => { if (first == 20) throw new InputException("row 20"); }, TestContext.Current.CancellationToken)).Message);

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public void Cancelling_stops_before_the_next_block(int workers)
    {
        using var source = new CancellationTokenSource();
        int done = 0;
        Assert.ThrowsAny<OperationCanceledException>(() => Blocks.ForEach(1000, 1, workers, (_, _) =>
        {
            if (Interlocked.Increment(ref done) >= 10) source.Cancel(); // whoever comes later waits for it too: no worker can run on
        }, source.Token));
        Assert.InRange(done, 10, 10 + workers);
    }
}
