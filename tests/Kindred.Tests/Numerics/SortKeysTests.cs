using CsCheck;
using Kindred.Numerics;

namespace Kindred.Tests.Numerics;

public sealed class SortKeysTests
{
    private static readonly Gen<float> Scores = Gen.OneOf(Gen.Float, Gen.Int[-2, 2].Select(n => (float)n)).Where(f => !float.IsNaN(f));

    [Fact]
    public void Keys_order_by_score_then_by_item_backwards() =>
        Gen.Select(Scores, Gen.Int[0, 5], Scores, Gen.Int[0, 5]).Sample((a, i, b, j) =>
        {
            int expected = a != b ? a.CompareTo(b) : j.CompareTo(i);
            Assert.Equal(expected, SortKeys.Of(a, i).CompareTo(SortKeys.Of(b, j)));
        });

    [Fact]
    public void A_key_gives_back_its_score_and_item() =>
        Gen.Select(Scores, Gen.Int[0, int.MaxValue]).Sample((score, item) =>
        {
            ulong key = SortKeys.Of(score, item);
            Assert.Equal((item, score), (SortKeys.NumberOf(key), SortKeys.ScoreOf(key)));
        });

    [Fact]
    public void The_greatest_keys_come_to_the_front() =>
        Gen.Select(Gen.Int[1, 400], Gen.ULong, Gen.Int[0, 399], Gen.Int[0, 50], Gen.Int[0, 2]).Sample((count, seed, at, slack, order) =>
        {
            ulong[] sorted = [.. Enumerable.Range(1, count).Select(n => (ulong)n * 7)];
            var keys = (ulong[])sorted.Clone();
            if (order == 0) new Rng(seed).Shuffle<ulong>(keys);
            if (order == 1) Array.Reverse(keys);
            int k = 1 + (at % count);
            var (kept, bound) = SortKeys.KeepGreatest(keys, k, k + slack);
            Assert.InRange(kept, k, k + slack);
            Assert.Equal(sorted[^kept..], keys[..kept].Order());
            Assert.All(keys[kept..], key => Assert.True(key <= bound));
            Assert.All(keys[..kept], key => Assert.True(key >= bound));
        });
}
