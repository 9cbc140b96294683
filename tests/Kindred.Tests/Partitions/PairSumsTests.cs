using CsCheck;
using Kindred.Partitions;

namespace Kindred.Tests.Partitions;

/// <summary>Sums of a target, of which only what was touched is looked at.</summary>
public sealed class PairSumsTests
{
    [Fact]
    public void Sums_are_those_of_a_dictionary_also_after_clearing()
    {
        const int Items = 1000;
        var user = Gen.Select(Gen.Int[0, Items - 1].HashSet[1, 8], Gen.Int[-3, 3], Gen.Bool);
        user.Array[0, 6].Array[1, 4].Sample(targets =>
        {
            var sums = new PairSums(Items, hasCounts: true);
            foreach (var users in targets)
            {
                sums.Clear();
                var expected = new SortedDictionary<int, (long Sum, int Count)>();
                foreach (var (items, own, isRow) in users)
                {
                    int[] others = [.. items.Order()], weights = [.. others.Select(other => (other % 5) - 2)];
                    long[] products = [.. weights.Select(weight => (long)own * weight)];
                    if (isRow) sums.Add(new PairRow(others, products, [.. others.Select(_ => 1)])); // of another process
                    else sums.Add(others, weights, own);
                    for (int n = 0; n < others.Length; n++)
                    {
                        var (sum, count) = expected.GetValueOrDefault(others[n]);
                        expected[others[n]] = (sum + products[n], count + 1);
                    }
                }
                var row = sums.ToRow();
                Assert.Equal(expected.Keys, row.Others);
                Assert.Equal(expected.Values.Select(value => value.Sum), row.Sums);
                Assert.Equal(expected.Values.Select(value => value.Count), row.Counts);
            }
        });
    }

    [Fact]
    public void Without_counts_an_item_whose_sum_is_0_shares_nothing()
    {
        var sums = new PairSums(130, hasCounts: false);
        sums.Add([1, 64, 129], [2, 0, -1], 3);
        sums.Add([1, 129], [-2, 5], 3);
        var row = sums.ToRow();
        Assert.Equal([129], row.Others);
        Assert.Equal([12L], row.Sums);
        Assert.Empty(row.Counts);
    }
}
