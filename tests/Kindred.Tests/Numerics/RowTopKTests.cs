using CsCheck;
using Kindred.Numerics;
using Kindred.Numerics.Search;

namespace Kindred.Tests.Numerics;

public sealed class RowTopKTests
{
    /// <summary>Against a sort of all that may be found; one buffer for all, so that nothing may be left of the search before.</summary>
    [Fact]
    public void The_best_of_those_that_may_be_found_are_kept()
    {
        const int Items = 700;
        int[] items = [.. Enumerable.Range(0, Items).Select(row => (row * 11) % Items)]; // another order than that of the rows
        var best = new RowTopK(items);
        Gen.Select(Gen.Int[1, 300], Gen.ULong, Gen.Int[0, 2]).Sample((most, seed, filter) =>
        {
            var rng = new Rng(seed);
            float[] scores = [.. Enumerable.Range(0, Items).Select(_ => (float)rng.NextInt(200))]; // many are equal
            scores[5] = float.NaN;
            var allowed = filter == 0 ? null : BitSet.Where(Items, _ => rng.NextInt(3) > 0);
            int[] excluded = filter == 2 ? [.. Enumerable.Range(0, 90).Select(_ => rng.NextInt(Items)), -1, Items, int.MaxValue] : [];
            best.Begin(most, allowed, excluded);
            for (int first = 0; first < Items; first += 100)
            {
                if (first % 200 == 0) best.OfferAll(Array.ConvertAll(scores[first..(first + 100)], score => score - 3), 3, first);
                else for (int row = first; row < first + 100; row++) best.Offer(row, scores[row]);
            }
            int[] found = best.End(excluded).ToArray();
            var expected = Enumerable.Range(0, Items)
                .Where(row => !float.IsNaN(scores[row]) && allowed?.Contains(items[row]) != false && !excluded.Contains(items[row]))
                .OrderByDescending(row => scores[row]).ThenBy(row => row).Take(most);
            Assert.Equal(expected.Order(), found.Order());
        }, iter: 200, threads: 1);
    }
}
