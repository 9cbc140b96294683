using CsCheck;
using Kindred.Comparison;
using Kindred.Data;
using Kindred.Evaluation;
using Kindred.Models;
using Kindred.Models.Sampling;
using Kindred.Models.Sgd;
using Kindred.Numerics;
using Kindred.Partitions;
using Kindred.Splitting;
using Kindred.Tests.Support;
using static Kindred.Tests.Partitions.PartitionFiles;

namespace Kindred.Tests.Partitions;

/// <summary>Training by strata: what is learned where, and that it has the same bits anywhere.</summary>
public sealed class PartitionedSgdTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static TheoryData<SgdTrainer> Trainers =>
    [
        new Bpr { Dimensions = 12, Epochs = 4 },
        new Bpr { Dimensions = 12, Epochs = 3, ItemBias = true, AdaptiveRate = true, PropensityExponent = .5f },
        new Warp { Dimensions = 12, Epochs = 4 },
        new LogisticMf { Dimensions = 12, Epochs = 4, NegativeExponent = .7f },
        new SampledSoftmax { Dimensions = 12, Epochs = 4, NegativeCount = 100, BatchSize = 64 },
    ];

    // Two users in two partitions, each with one of two items: the other one is the only negative. Two items are one part, with which the
    // first partition learns in stratum 0 and the second one in stratum 1.
    [Fact]
    public void Two_partitions_learn_one_after_the_other_from_the_same_items()
    {
        string other = Enumerable.Range(0, 99).Select(n => $"u{n}").First(id => PartitionedFolder.PartitionOf(id, 2) == 1);
        string first = Enumerable.Range(0, 99).Select(n => $"u{n}").First(id => PartitionedFolder.PartitionOf(id, 2) == 0);
        using var temporary = new TemporaryFolder();
        using var folder = Write(temporary.Path, Interactions.FromEvents([new Event(first, "a"), new Event(other, "b")]), 2);
        var trainer = new Bpr { Dimensions = 3, Epochs = 1, LearningRate = .5f, Regularization = .2f };
        var rng = trainer.RngOf(new() { Seed = 4 });
        var y = trainer.FirstItems([1, 1], rng);
        double loss = 0;
        for (int partition = 0; partition < 2; partition++)
        {
            var observed = SparseMatrix.FromTriplets(1, 2, [(0, partition, 1)]);
            var x = trainer.FirstUsers(observed, partition, rng).Row(0);
            Span<float> own = y.Row(partition), unseen = y.Row(1 - partition);
            double margin = 0;
            for (int c = 0; c < 3; c++) margin += x[c] * (own[c] - unseen[c]);
            loss += Math.Log(1 + Math.Exp(-margin));
            float step = (float)(.5 / (1 + Math.Exp(margin)));
            for (int c = 0; c < 3; c++)
            {
                own[c] = (own[c] * .9f) + (step * x[c]); // 1 − rate·λ = .9
                unseen[c] = (unseen[c] * .9f) - (step * x[c]);
            }
        }
        double told = 0;
        var model = Train(trainer, folder, new() { Seed = 4, Progress = new Listener(value => told = value) });
        for (int n = 0; n < y.Values.Length; n++) Assert.Equal(y.Values.Span[n], model.Y.Values.Span[n], 1e-5f);
        Assert.Equal(loss / 2, told, 1e-5);
    }

    [Fact]
    public void Options_that_are_not_given_follow_from_all_partitions_together()
    {
        using var temporary = new TemporaryFolder();
        var data = Events(users: 400, items: 300);
        using var folder = Write(temporary.Path, data, 4);
        var trainer = new Bpr { Dimensions = 8, Epochs = 1 };
        var trained = PartitionedTraining.Train(trainer, folder, new()).Manifest;
        var expected = ModelSpec.For(trainer).Train(data, new()).Manifest;
        Assert.Equal(["learningRate", "regularization"], trained.FromData!);
        Assert.Equal(expected.FromData, trained.FromData);
        Assert.Equal(expected.Options.ToJsonString(), trained.Options.ToJsonString());
    }

    [Theory]
    [MemberData(nameof(Trainers))]
    public void One_partition_has_the_bits_of_one_block_without_partitions(SgdTrainer trainer)
    {
        using var temporary = new TemporaryFolder();
        var data = Events(users: 400, items: 300);
        using var folder = Write(temporary.Path, data, 1);
        double expectedLoss = 0, loss = 0;
        var expected = (SgdModel)trainer.Train(data, new() { Progress = new Listener(l => expectedLoss = l) }, null, mostParts: 1);
        var actual = Train(trainer, folder, new() { Progress = new Listener(l => loss = l) });
        Assert.Equal(Bits(expected.Y), Bits(actual.Y));
        Assert.Equal(expectedLoss, loss);
        Assert.Equal(0, actual.X.Rows);
    }

    [Theory]
    [MemberData(nameof(Trainers))]
    public void Neither_threads_nor_where_partitions_lie_change_a_bit(SgdTrainer trainer)
    {
        using var temporary = new TemporaryFolder();
        using var folder = Write(temporary.Path, Events(users: 1200, items: 700), 6);
        var expected = Bits(Train(trainer, folder, new() { Workers = 1 }).Y);
        Assert.Equal(expected, Bits(Train(trainer, folder, new() { Workers = 2 }).Y));
        Assert.Equal(expected, Bits(Train(trainer, folder, new() { Workers = 4 }).Y));
        Gen.Int[0, 2].Array[6].Sample(owners => Assert.Equal(expected, Bits(TrainApart(trainer, folder, owners))), iter: 4, threads: 1);
    }

    [Fact]
    public void An_epoch_learns_every_pair_once_and_the_cells_of_a_stratum_share_no_item()
    {
        Gen.Select(Gen.Int[1, 6], Gen.Int[1, 6], Gen.Int[1, 1000]).Sample((partitions, most, seed) =>
        {
            int parts = Math.Min(partitions, most);
            var rng = new Rng((ulong)seed);
            SparseMatrix[] observed = [.. Enumerable.Range(0, partitions).Select(_ => Interactions.FromEvents(Enumerable.Range(0, 60)
                .Select(_ => new Event($"u{rng.NextInt(12)}", $"i{rng.NextInt(25):00}"))
                .Concat(Enumerable.Range(0, 25).Select(n => new Event("all", $"i{n:00}")))).ByUser)];
            var popularity = new int[25];
            foreach (var part in observed) foreach (int item in part.Indices.Span) popularity[item]++;
            var totals = new PairTotals(popularity, 1, 0);
            var options = new Bpr { Dimensions = 2 };
            var cut = new ItemCut(totals, parts, 0, rng, 1, Cancellation);
            Assert.Equal(Enumerable.Range(0, 25), Enumerable.Range(0, parts).SelectMany(part => cut.ItemsOf(part).ToArray()).Order());
            SgdPartition[] all = [.. observed.Select((pairs, n) => new SgdPartition(pairs, n))];
            foreach (var partition in all)
            {
                partition.Begin(options, totals, rng);
                partition.Cut(cut);
            }
            var learned = new HashSet<(int, int, int)>();
            for (int stratum = 0; stratum < partitions; stratum++)
            {
                var touched = new HashSet<int>();
                for (int n = 0; n < partitions; n++)
                {
                    int part = SgdWorker.PartOf(n, stratum, partitions);
                    if (part >= parts) continue;
                    Assert.Equal(n, SgdWorker.PartitionOf(part, stratum, partitions));
                    all[n].Learn(part, new(), (block, _) =>
                    {
                        foreach (int item in block.Negatives.Items) Assert.True(touched.Add(item));
                        foreach (var pair in block.Pairs)
                        {
                            Assert.True(learned.Add((n, pair.User, pair.Item)));
                            Assert.True(block.Negatives.Items.Contains(pair.Item));
                        }
                        return (1, block.Pairs.Length);
                    }, rng);
                }
            }
            Assert.Equal(observed.Sum(pairs => pairs.Count), learned.Count);
            Assert.Equal(totals.Pairs, all.Sum(partition => partition.Losses.Count));
        }, iter: 50);
    }

    // Without partitions users have the embeddings that were learned for them, here they are folded in; and items are compared with others.
    // The standard error of both means is about .004.
    [Theory]
    [InlineData("bpr:dimensions=32,epochs=15")]
    [InlineData("warp:dimensions=32,epochs=10")]
    [InlineData("logistic-mf:dimensions=32,epochs=15")]
    [InlineData("sampled-softmax:dimensions=32,epochs=10,negativeCount=256")]
    public void Eight_partitions_rank_real_films_as_well_as_training_without_partitions(string model)
    {
        using var temporary = new TemporaryFolder();
        var data = MovieLensSmall.Load();
        using var folder = Write(temporary.Path, data, 8);
        var spec = ModelSpec.Parse(model);
        var options = new ComparisonOptions { CutOffs = [10], Metric = "ndcg@10", Workers = 2 };
        var splitter = new LeaveLastOut { Last = 5 };
        var expected = ModelComparison.On(splitter.Split(data).Final, [spec], options, Cancellation);
        var split = PartitionedSplit.Of(splitter, folder, onTest: true, withRepeats: false);
        var actual = PartitionedComparison.Run(folder, split, [spec], options, Cancellation);
        Assert.Equal(expected.Counts, actual.Counts);
        Assert.InRange(Mean(actual), .85 * Mean(expected), 1.2 * Mean(expected));

        double Mean(ModelComparison comparison) => comparison.Models.First(m => m.Name == spec.Name).Report.Segments[0].Estimates[0].Mean;
    }

    [Fact]
    public void What_cannot_be_trained_on_partitions_says_so()
    {
        using var temporary = new TemporaryFolder();
        using var folder = Write(temporary.Path, Events(20, 10, areTimed: true), 2);
        string Refused(ITrainer trainer) => Assert.Throws<InputException>(() => PartitionedTraining.Train(trainer, folder, new())).Message;
        Assert.StartsWith("existingNegatives needs the first moment of each item", Refused(new Warp { ExistingNegatives = true }),
            StringComparison.Ordinal);
        Assert.StartsWith("Dimensions must be", Refused(new Bpr { Dimensions = 0 }), StringComparison.OrdinalIgnoreCase);
        Assert.StartsWith("dimensions must be above 2", Refused(new LogisticMf { Dimensions = 2 }), StringComparison.Ordinal);
        Assert.StartsWith("negativeCount must be at least 1", Refused(new SampledSoftmax { NegativeCount = 0 }), StringComparison.Ordinal);
        Assert.Contains("bpr, warp, logistic-mf, sampled-softmax", Refused(new UserKnn()), StringComparison.Ordinal);
    }

    [Fact]
    public void Partitions_without_events_and_items_that_nobody_has_are_no_fault()
    {
        using var temporary = new TemporaryFolder();
        var data = Interactions.FromEvents([new Event("u", "a"), new Event("u", "b"), new Event("v", "a")]);
        using var folder = Write(temporary.Path, data, 20);
        var model = Train(new Bpr { Dimensions = 4, Epochs = 2 }, folder, new());
        Assert.True(model.Y.Values.Span.IndexOfAnyExceptInRange(-10, 10) < 0);
        using var nobody = Write(temporary.File("nobody"), PartitionedFolder.NobodyOf(new(["x", "y"])), 3);
        Assert.False(Train(new Warp { Dimensions = 4, Epochs = 2 }, nobody, new()).Y.Values.Span.ContainsAnyExcept(0));
    }

    private static SgdModel Train(SgdTrainer trainer, PartitionedFolder folder, TrainingContext context) =>
        (SgdModel)PartitionedTraining.Train(trainer, folder, context).Model;

    /// <summary>As several processes do it: each has some partitions, and parts of the items move.</summary>
    private static Matrix TrainApart(SgdTrainer trainer, PartitionedFolder folder, int[] owners)
    {
        SgdWorker[] workers = [.. Enumerable.Range(0, 3).Select(_ => new SgdWorker(trainer, folder, new()))];
        for (int n = 0; n < owners.Length; n++) workers[owners[n]].Load(n, folder.Read(n).Data);
        for (int block = 0; block < workers[0].CountBlocks; block++)
        {
            int[] sum = new int[workers[0].CountsOf(block).Length];
            foreach (var worker in workers) FixedPoint.Add(worker.Count(block), sum);
            foreach (var worker in workers) sum.CopyTo(worker.CountsOf(block));
        }
        var weights = workers.SelectMany(worker => worker.Partitions.Values).Select(partition => partition.Weights()).ToList();
        foreach (var worker in workers) worker.Begin(weights);
        Assert.InRange(workers[0].Parts, 3, folder.Count - 1);
        for (int epoch = 1; epoch <= trainer.Epochs; epoch++)
        {
            for (int stratum = 0; stratum < folder.Count; stratum++)
            {
                if (epoch > 1 || stratum > 0)
                    for (int part = 0; part < workers[0].Parts; part++)
                        Move(epoch, stratum, part, owners[SgdWorker.PartitionOf(part, stratum, folder.Count)]);
                foreach (var worker in workers) worker.Learn(epoch, stratum);
            }
        }
        for (int part = 0; part < workers[0].Parts; part++) Move(trainer.Epochs + 1, 0, part, 0);
        return workers[0].Items.Values;

        void Move(int epoch, int stratum, int part, int to)
        {
            for (int from = 0; from < workers.Length; from++)
            {
                if (from == to) continue;
                int[] items = workers[from].ItemsWith(partition => owners[partition] == from, epoch, stratum, part);
                workers[to].Items.Unpack(items, workers[from].Items.Packed(items).Values.Span);
            }
        }
    }

    private static int[] Bits(Matrix matrix) => Array.ConvertAll(matrix.Values.ToArray(), BitConverter.SingleToInt32Bits);

    private sealed class Listener(Action<double> heard) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => heard(value.Loss ?? double.NaN);
    }
}
