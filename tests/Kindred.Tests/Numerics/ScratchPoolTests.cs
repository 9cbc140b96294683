using Kindred.Numerics;

namespace Kindred.Tests.Numerics;

public sealed class ScratchPoolTests
{
    [Fact]
    public void What_is_given_back_is_taken_again_and_there_is_one_for_each_use_at_once()
    {
        int made = 0;
        var pool = new ScratchPool<int[]>(() => new int[++made]);
        using (var first = pool.Take())
        using (var second = pool.Take())
        {
            Assert.NotSame(first.Scratch, second.Scratch);
        }
        for (int n = 0; n < 5; n++)
        {
            using var again = pool.Take();
            Assert.InRange(again.Scratch.Length, 1, 2);
        }
        Assert.Equal(2, made);
    }

    [Fact]
    public void No_more_are_kept_than_may_be()
    {
        int made = 0;
        var pool = new ScratchPool<int[]>(() => new int[++made]);
        int atOnce = ScratchPool<int[]>.Most + 3;
        for (int times = 0; times < 2; times++)
        {
            int[][] burst = [.. Enumerable.Range(0, atOnce).Select(_ => pool.Rent())];
            foreach (int[] scratch in burst) pool.Return(scratch);
        }
        Assert.Equal(atOnce + 3, made);
    }

    [Fact]
    public void What_a_failed_use_had_is_not_lost()
    {
        int made = 0;
        var pool = new ScratchPool<int[]>(() => new int[++made]);
        for (int n = 0; n < 3; n++) Assert.Throws<OperationCanceledException>(() => Fail(pool));
        Assert.Equal(1, made);

        static void Fail(ScratchPool<int[]> pool)
        {
            using var lease = pool.Take();
            throw new OperationCanceledException();
        }
    }
}
