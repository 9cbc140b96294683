using System.Diagnostics;
using Kindred.Data;
using Kindred.Models;
using Kindred.Numerics;
using Kindred.Partitions;

namespace Kindred.Cluster;

/// <summary>Seconds that one thread of this machine takes, measured by small trainings of the same options.</summary>
/// <param name="UserEvent">For each event, where users are solved.</param>
/// <param name="UserRow">For each user, as for each item that is finished.</param>
/// <param name="ItemEvent">For each event, where items are summed.</param>
/// <param name="ItemRow">For each item of a partition.</param>
public sealed record ClusterCosts(double UserEvent, double UserRow, double ItemEvent, double ItemRow)
{
    private const int Events = 60_000, Tries = 3;

    /// <summary>Measures them: about a second.</summary>
    public static ClusterCosts Measure(ImplicitAls options, CancellationToken cancellation)
    {
        // as many events on many and on few rows: the difference is what a row costs
        var (manyUsers, manyItems) = Times(options, users: 6_000, items: 6_000, cancellation);
        var (fewUsers, fewItems) = Times(options, users: 600, items: 600, cancellation);
        double userRow = Math.Max(0, manyUsers - fewUsers) / 5_400, itemRow = Math.Max(0, manyItems - fewItems) / 5_400;
        return new((fewUsers - (600 * userRow)) / Events, userRow, (fewItems - (600 * itemRow)) / Events, itemRow);
    }

    /// <returns>Seconds that one thread of this machine takes for an observed pair in an epoch, by a small training.</returns>
    public static double PerPair(SgdTrainer options, CancellationToken cancellation)
    {
        var data = Random(users: 3_000, items: 3_000);
        var worker = new SgdWorker(
            options, data.Items.Count, partitions: 1, data.Users.Count, new() { Workers = 1, Cancellation = cancellation });
        worker.Load(0, data);
        worker.Count(0).CopyTo(worker.CountsOf(0));
        worker.Begin([worker.Partitions[0].Weights()]);
        double best = double.MaxValue;
        for (int epoch = 1; epoch <= Tries; epoch++)
        {
            long start = Stopwatch.GetTimestamp();
            worker.Learn(epoch, 0);
            best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalSeconds);
        }
        return best / Events;
    }

    /// <returns>As many events, each of another pair.</returns>
    private static Interactions Random(int users, int items)
    {
        var rng = new Rng(1);
        var pairs = new HashSet<(int, int)>();
        while (pairs.Count < Events) pairs.Add((rng.NextInt(users), rng.NextInt(items)));
        return Interactions.FromEvents(pairs, pair => ($"u{pair.Item1}", $"i{pair.Item2}"));
    }

    /// <returns>Seconds for all users, and for the sums of all items.</returns>
    private static (double Users, double Items) Times(ImplicitAls options, int users, int items, CancellationToken cancellation)
    {
        var data = Random(users, items);
        options = options.For(data);
        var worker = new AlsWorker(options, data.Items.Count, data.Users.Count, new() { Workers = 1, Cancellation = cancellation });
        worker.Load(0, data);
        double bestUsers = double.MaxValue, bestItems = double.MaxValue;
        for (int n = 0; n < Tries; n++)
        {
            worker.Items.Begin([.. worker.FirstUsers().Values]);
            data.CountUsersOfItems().CopyTo(worker.Items.Counts, 0);
            worker.Items.Counts.Select(count => (double)count).ToArray().CopyTo(worker.Items.Confidences, 0);
            double sums = 0;
            foreach (var step in worker.Items.Steps())
            {
                for (int block = 0; block < worker.BlocksOf(step); block++)
                {
                    long start = Stopwatch.GetTimestamp();
                    int[] sum = worker.Sum(step, block);
                    sums += Stopwatch.GetElapsedTime(start).TotalSeconds;
                    worker.Finish(step, block, sum);
                }
            }
            long begin = Stopwatch.GetTimestamp();
            worker.SolveUsers();
            bestUsers = Math.Min(bestUsers, Stopwatch.GetElapsedTime(begin).TotalSeconds);
            bestItems = Math.Min(bestItems, sums);
        }
        return (bestUsers, bestItems);
    }
}
