using CsCheck;
using Kindred.Models;
using Kindred.Models.Als;
using Kindred.Numerics;
using Kindred.Partitions;
using Kindred.Tests.Support;
using static Kindred.Tests.Partitions.PartitionFiles;

namespace Kindred.Tests.Partitions;

public sealed class PartitionedTrainingTests
{
    public static TheoryData<ImplicitAls> Solvers =>
    [
        new ImplicitAls { Dimensions = 12, Epochs = 8, ConfidenceScale = .5f },
        new ImplicitAls { Dimensions = 12, Epochs = 8, Solver = AlsSolver.ConjugateGradient },
        new ImplicitAls { Dimensions = 12, Epochs = 8, Solver = AlsSolver.Subspace, BlockDimensions = 5 },
    ];

    // one partition starts from the same embeddings as one process, so only the rounding of sums differs
    [Theory]
    [MemberData(nameof(Solvers))]
    public void One_partition_comes_to_what_one_process_does(ImplicitAls trainer)
    {
        using var temporary = new TemporaryFolder();
        var data = Events(users: 90, items: 40);
        using var folder = Write(temporary.Path, data, 1);
        var expected = (ImplicitAlsModel)trainer.Train(data, new());
        var actual = (ImplicitAlsModel)PartitionedTraining.Train(trainer, folder, new()).Model;
        float largest = 0, off = 0;
        for (int n = 0; n < expected.ItemEmbeddings.Values.Length; n++)
        {
            largest = Math.Max(largest, Math.Abs(expected.ItemEmbeddings.Values.Span[n]));
            off = Math.Max(off, Math.Abs(expected.ItemEmbeddings.Values.Span[n] - actual.ItemEmbeddings.Values.Span[n]));
        }
        // conjugate gradients solve long rows exactly in one process; there, what they come to is near, not the same
        Assert.InRange(off / largest, 0, trainer.Solver == AlsSolver.ConjugateGradient ? .2 : 1e-3);
    }

    [Theory]
    [MemberData(nameof(Solvers))]
    public void Many_partitions_lower_the_loss_as_one_process_does(ImplicitAls trainer)
    {
        using var temporary = new TemporaryFolder();
        var data = Events(users: 300, items: 60);
        using var folder = Write(temporary.Path, data, 7);
        double expected = LastLoss(progress => trainer.Train(data, new() { Progress = progress }));
        double actual = LastLoss(progress => PartitionedTraining.Train(trainer, folder, new() { Progress = progress }));
        Assert.InRange(actual / expected, .97, 1.03);
    }

    [Theory]
    [MemberData(nameof(Solvers))]
    public void Where_partitions_lie_does_not_change_a_bit(ImplicitAls trainer)
    {
        using var temporary = new TemporaryFolder();
        using var folder = Write(temporary.Path, Events(users: 200, items: 50), 6);
        var expected = Bits(((ImplicitAlsModel)PartitionedTraining.Train(trainer, folder, new() { Workers = 1 }).Model).ItemEmbeddings);
        Gen.Int[0, 2].Array[6].Sample(owners => Assert.Equal(expected, Bits(TrainApart(trainer, folder, owners))), iter: 5);
    }

    [Fact]
    public void What_cannot_be_trained_on_partitions_says_so()
    {
        using var temporary = new TemporaryFolder();
        using var folder = Write(temporary.Path, Events(20, 10), 2);
        var error = Assert.Throws<InputException>(() => PartitionedTraining.Train(new UserKnn(), folder, new()));
        Assert.StartsWith("user-knn learns from all events at once", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_of_partitions_holds_what_was_written()
    {
        using var temporary = new TemporaryFolder();
        var data = Events(50, 20);
        using var folder = Write(temporary.Path, data, 5);
        Assert.True(PartitionedFolder.Is(folder.Path));
        Assert.Equal((50L, data.Histories.Count), (folder.Users, (int)folder.Events));
        for (int partition = 0; partition < folder.Count; partition++)
        {
            using var read = folder.Read(partition);
            var part = read.Data;
            for (int user = 0; user < part.Users.Count; user++)
            {
                string id = part.Users.Id(user);
                Assert.Equal(partition, PartitionedFolder.PartitionOf(id, 5));
                Assert.True(data.Users.TryGetIndex(id, out int place));
                Assert.Equal(data.Histories.ItemsOf(place).ToArray(), part.Histories.ItemsOf(user).ToArray());
            }
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public void Popularity_counts_users_of_all_partitions(double halfLife)
    {
        using var temporary = new TemporaryFolder();
        var data = Events(100, 30, areTimed: true);
        using var folder = Write(temporary.Path, data, 200); // most are empty or hold one user
        var trainer = new Popularity { HalfLifeDays = halfLife };
        var query = new Query(-1, default);
        float[] expected = new float[data.Items.Count], actual = new float[data.Items.Count];
        trainer.Train(data, new()).Score(query, expected);
        PartitionedTraining.Train(trainer, folder, new()).Model.Score(query, actual);
        // with a half-life the sums have another order
        for (int item = 0; item < expected.Length; item++) Assert.Equal(expected[item], actual[item], halfLife == 0 ? 0 : 1e-4f);
    }

    [Fact]
    public void A_snapshot_of_partitions_gives_each_of_their_users_the_list_of_the_model()
    {
        using var temporary = new TemporaryFolder();
        var data = Events(100, 30);
        using var folder = Write(temporary.File("parts"), data, 4);
        var trained = PartitionedTraining.Train(new ImplicitAls { Dimensions = 6, Epochs = 3 }, folder, new());
        new TrainedRecommender(folder.WithoutUsers(), trained, PartitionedTraining.Count(new(), folder, new()))
            .Publish(temporary.File("snapshots"));
        using var published = Recommender.Open(temporary.File("snapshots"));
        var plain = Recommender.From(data, trained.Model, new Popularity().Train(data, new()));
        var request = new RecommendRequest { Count = 5 };
        int lists = 0;
        PartitionedTraining.ForEach(folder, part =>
        {
            published.For(part).RecommendAll(request, [.. Enumerable.Range(0, part.Users.Count)], 2, () => 0, (_, first, answers, _) =>
            {
                for (int n = 0; n < answers.Count; n++)
                {
                    var expected = plain.Recommend(request with { UserId = part.Users.Id(first + n) });
                    Assert.Equal(expected.Items.Select(item => item.ItemId), answers.ItemsOf(n).ToArray().Select(part.Items.Id));
                    Interlocked.Increment(ref lists);
                }
            }, default);
        });
        Assert.Equal(100, lists);
        Assert.Throws<InputException>(() => published.For(Events(10, 12)));
    }

    private static double LastLoss(Action<IProgress<TrainingProgress>> train)
    {
        double last = double.NaN;
        train(new Reports(progress => last = progress.Loss ?? last));
        return last;
    }

    private sealed class Reports(Action<TrainingProgress> report) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => report(value);
    }

    /// <summary>As several processes do it: each has some partitions, and blocks of items are owned in turn.</summary>
    private static Matrix TrainApart(ImplicitAls trainer, PartitionedFolder folder, int[] owners)
    {
        AlsWorker[] workers = [.. Enumerable.Range(0, 3).Select(_ => new AlsWorker(trainer, folder.Items.Count, folder.Users, new()))];
        for (int partition = 0; partition < owners.Length; partition++)
            workers[owners[partition]].Load(partition, folder.Read(partition).Data);
        var counts = workers.Select(worker => new CountStep(worker.Items)).ToArray();
        Run(workers, n => counts[n]);
        foreach (var count in counts) count.Apply();
        var users = workers.SelectMany(worker => worker.FirstUsers()).OrderBy(user => user.Key).Select(user => user.Value).ToList();
        for (int epoch = 0; epoch < trainer.Epochs; epoch++)
        {
            foreach (var worker in workers) worker.Items.Begin(users);
            var steps = workers.Select(worker => worker.Items.Steps()).ToArray();
            for (int step = 0; step < steps[0].Count; step++) Run(workers, n => steps[n][step]);
            users = [.. workers.SelectMany(worker => worker.SolveUsers()).OrderBy(user => user.Key).Select(user => user.Value)];
        }
        return workers[0].Items.Y;
    }

    private static void Run(AlsWorker[] workers, Func<int, IItemStep> stepOf)
    {
        int blocks = workers[0].BlocksOf(stepOf(0));
        for (int block = 0; block < blocks; block++)
        {
            int owner = block % workers.Length;
            int[] sums = new int[workers[0].Sum(stepOf(0), block).Length];
            for (int n = workers.Length; n-- > 0;) FixedPoint.Add(workers[n].Sum(stepOf(n), block), sums);
            workers[owner].Finish(stepOf(owner), block, sums);
        }
        for (int block = 0; block < blocks; block++)
        {
            var (first, end) = workers[0].RangeOf(stepOf(0), block);
            var from = stepOf(block % workers.Length).Table;
            for (int n = 0; n < workers.Length; n++)
                if (n != block % workers.Length)
                    for (int item = first; item < end; item++) from.Row(item).CopyTo(stepOf(n).Table.Row(item));
        }
    }

    private static int[] Bits(Matrix matrix) => Array.ConvertAll(matrix.Values.ToArray(), BitConverter.SingleToInt32Bits);
}
