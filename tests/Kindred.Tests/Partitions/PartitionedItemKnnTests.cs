using CsCheck;
using Kindred.Models;
using Kindred.Models.Neighbours;
using Kindred.Numerics;
using Kindred.Partitions;
using Kindred.Tests.Support;
using static Kindred.Tests.Partitions.PartitionFiles;

namespace Kindred.Tests.Partitions;

/// <summary>Neighbours of items by partitions of users are those of all users together.</summary>
public sealed class PartitionedItemKnnTests
{
    public static TheoryData<ItemKnn> Trainers =>
    [
        new ItemKnn { Neighbours = 10 },
        new ItemKnn { Similarity = Similarity.AdjustedCosine, ActivityPenalty = 1.2f },
        new ItemKnn { Similarity = Similarity.Jaccard, MinimumOverlap = 3, Shrinkage = 0 },
        new ItemKnn { Similarity = Similarity.Tversky, MinimumSimilarity = .02f },
        new ItemKnn { Similarity = Similarity.Conditional, Neighbours = 7 },
        new ItemKnn { Similarity = Similarity.TfIdf },
        new ItemKnn { Similarity = Similarity.LogLikelihood, Neighbours = 12 },
        new ItemKnn { Similarity = Similarity.Lift },
        new ItemKnn { Similarity = Similarity.CoOccurrence, ActivityPenalty = 0 },
    ];

    [Theory]
    [MemberData(nameof(Trainers))]
    public void Partitions_have_the_neighbours_of_the_whole(ItemKnn trainer)
    {
        using var temporary = new TemporaryFolder();
        var data = Events(users: 250, items: 60);
        using var folder = Write(temporary.Path, data, 5);
        var expected = ((ItemKnnModel)trainer.Train(data, new())).Table;
        var actual = TableOf(trainer, folder);
        for (int item = 0; item < expected.Items; item++)
        {
            ReadOnlySpan<float> known = expected.SimilaritiesOf(item), found = actual.SimilaritiesOf(item);
            Assert.Equal(known.Length, found.Length);
            for (int n = 0; n < known.Length; n++)
            {
                Assert.Equal(known[n], found[n], Tolerance(known[n]));
                // who is not a neighbour there is as similar as the last one: a tie within rounding
                int other = actual.NeighboursOf(item)[n];
                float there = expected.NeighboursOf(item).Contains(other) ? expected.Of(item, other) : known[^1];
                Assert.Equal(there, found[n], Tolerance(there));
            }
        }
    }

    // whole numbers in, whole numbers out
    [Fact]
    public void Counts_are_exact()
    {
        using var temporary = new TemporaryFolder();
        var data = Events(users: 400, items: 50);
        using var folder = Write(temporary.Path, data, 7);
        var trainer = new ItemKnn { Similarity = Similarity.CoOccurrence, ActivityPenalty = 0 };
        Assert.Equal(Bytes(((ItemKnnModel)trainer.Train(data, new())).Table), Bytes(TableOf(trainer, folder)));
    }

    [Fact]
    public void Two_users_by_hand()
    {
        using var temporary = new TemporaryFolder();
        var data = Interactions.FromEvents(
            [new("u", "a", null, 3), new("u", "b", null, 4), new("v", "a", null, 4), new("v", "c", null, 1)]);
        using var folder = Write(temporary.Path, data, 3);
        // |a| = 5, |b| = 4, |c| = 1; a·b = 12, a·c = 4
        var table = TableOf(new ItemKnn { ActivityPenalty = 0, Shrinkage = 0 }, folder);
        Assert.Equal([2, 1], table.NeighboursOf(0).ToArray());
        Assert.Equal([.8f, .6f], table.SimilaritiesOf(0).ToArray());
    }

    // not how users are cut, nor who has which partition, nor threads
    [Fact]
    public void How_users_are_cut_and_where_they_are_does_not_change_a_bit()
    {
        using var temporary = new TemporaryFolder();
        var data = Events(users: 200, items: 40);
        var trainer = new ItemKnn { MinimumOverlap = 2 };
        using var six = Write(temporary.File("six"), data, 6);
        using var one = Write(temporary.File("one"), data, 1);
        byte[] expected = Bytes(TableOf(trainer, six));
        Assert.Equal(expected, Bytes(TableOf(trainer, one)));
        Gen.Int[0, 2].Array[6].Sample(owners => Assert.Equal(expected, Bytes(TrainApart(trainer, six, owners))), iter: 5);
    }

    // more items than a block of totals holds, whose counts an ordinary training knows exactly
    [Fact]
    public void Many_items_have_the_neighbours_of_the_whole()
    {
        const int Users = 9000;
        using var temporary = new TemporaryFolder();
        var data = Interactions.FromEvents(Enumerable.Range(0, Users * 8).Select(n => new Event($"u{n / 8}", $"i{(n / 8 * 7) + (n % 8)}")));
        using var folder = Write(temporary.Path, data, 3);
        var trainer = new ItemKnn { Similarity = Similarity.CoOccurrence, ActivityPenalty = 0 };
        Assert.True(new ItemKnnWorker(trainer, data.Items.Count).TotalsBlocks > 1);
        byte[] expected = Bytes(((ItemKnnModel)trainer.Train(data, new())).Table);
        Assert.Equal(expected, Bytes(TableOf(trainer, folder)));
        Assert.Equal(expected, Bytes(TrainApart(trainer, folder, [2, 0, 1])));
    }

    [Fact]
    public void Sums_of_digits_have_the_same_bits_in_any_order()
    {
        Gen.Double[0, 1e9].Array[1, 50].Sample(values =>
        {
            double SumOf(IEnumerable<double> all)
            {
                var sum = new long[ExactSum.Digits];
                foreach (double value in all) ExactSum.Add(value * value, sum);
                return ExactSum.ToDouble(sum);
            }
            double forwards = SumOf(values);
            Assert.Equal(forwards, SumOf(values.Reverse()));
            Assert.Equal(values.Sum(value => value * value), forwards, 1e-12 * Math.Max(1, forwards));
        });
        var digits = new long[ExactSum.Digits];
        foreach (double value in (double[])[0, 1, .25, 1e18, 0, Math.ScaleB(1, -88), Math.ScaleB(1, -89)]) ExactSum.Add(value, digits);
        Assert.Equal(1, digits[0]); // the smallest that counts
        Assert.Equal(1e18 + 1.25, ExactSum.ToDouble(digits));
    }

    [Theory]
    [InlineData(Similarity.Pearson)]
    [InlineData(Similarity.Bm25)]
    public void A_similarity_of_means_over_all_users_is_refused(Similarity similarity)
    {
        using var temporary = new TemporaryFolder();
        using var folder = Write(temporary.Path, Events(20, 10), 2);
        var trainer = new ItemKnn { Similarity = similarity };
        var error = Assert.Throws<InputException>(() => PartitionedTraining.Train(trainer, folder, new()));
        Assert.Contains("weighs by means over all users", error.Message, StringComparison.Ordinal);
    }

    /// <summary>As several processes do it: targets are owned in turn.</summary>
    private static SimilarityTable TrainApart(ItemKnn trainer, PartitionedFolder folder, int[] owners)
    {
        ItemKnnWorker[] workers = [.. Enumerable.Range(0, 3).Select(_ => new ItemKnnWorker(trainer, folder.Items.Count))];
        var read = owners.Select((_, partition) => folder.Read(partition)).ToList();
        for (int partition = 0; partition < owners.Length; partition++) workers[owners[partition]].Load(partition, read[partition].Data);
        for (int block = 0; block < workers[0].TotalsBlocks; block++)
        {
            var owner = workers[block % 3];
            long[] sums = owner.SumTotals(block);
            foreach (var other in workers.Where(worker => worker != owner)) ExactSum.Add(other.SumTotals(block), sums);
            owner.FinishTotals(block, sums);
            foreach (var other in workers.Where(worker => worker != owner)) owner.TotalsOf(block).CopyTo(other.TotalsOf(block));
        }
        foreach (var worker in workers) worker.Begin();
        ulong[][] rows = [.. Enumerable.Range(0, folder.Items.Count).Select(item => workers[item % 3].Neighbours(
            item, [.. workers.Where((_, n) => n != item % 3).Select(worker => worker.Pairs(item))]))];
        read.ForEach(partition => partition.Dispose());
        return SimilarityTable.From(folder.Items.Count, item => rows[item]);
    }

    private static SimilarityTable TableOf(ItemKnn trainer, PartitionedFolder folder) =>
        ((ItemKnnModel)PartitionedTraining.Train(trainer, folder, new() { Workers = 2 }).Model).Table;

    private static float Tolerance(float value) => 2e-5f * Math.Max(.05f, Math.Abs(value));

    private static byte[] Bytes(SimilarityTable table) =>
    [
        .. Enumerable.Range(0, table.Items).SelectMany(item => table.NeighboursOf(item).ToArray().SelectMany(BitConverter.GetBytes)
            .Concat(table.SimilaritiesOf(item).ToArray().SelectMany(BitConverter.GetBytes))),
    ];
}
