using System.Diagnostics;
using Kindred.Cluster;
using Kindred.Data;
using Kindred.Models;
using Kindred.Models.Als;
using Kindred.Partitions;
using Microsoft.Extensions.DependencyInjection;

namespace Kindred.Benchmarks;

/// <summary>What it costs to train on partitions, and by several processes on the same processors; and how near plans come.</summary>
internal static class ClusterBenchmark
{
    private const int Partitions = 16, Port = 21111;

    /// <param name="args">Million events, dimensions, processes.</param>
    public static async Task<int> Run(string[] args)
    {
        double millions = args.Length > 0 ? double.Parse(args[0]) : 20;
        int dimensions = args.Length > 1 ? int.Parse(args[1]) : 64, silos = args.Length > 2 ? int.Parse(args[2]) : 2;
        int events = (int)(millions * 1e6), users = events / 100, items = Math.Max(2_000, users / 10), cores = Environment.ProcessorCount;
        string folder = Directory.CreateTempSubdirectory("kindred-bench-").FullName;
        try
        {
            var data = GeneratedInteractions.Create(users, items, events);
            Write(Path.Combine(folder, "parts"), data);
            Console.WriteLine($"{data.Histories.Count:N0} events of {users:N0} users on {items:N0} items, d = {dimensions}; "
                + $"{cores} threads in one process, and in {silos} silos of {Math.Max(1, cores / silos)}; seconds an epoch, the best of 3");
            Console.WriteLine("| solver | plain | partitions | silos | silos / partitions | plan | sent, MB | of plan |");
            Console.WriteLine("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |");
            var size = new ClusterSize(users, items, data.Histories.Count, silos, Math.Max(1, cores / silos), Partitions);
            foreach (var solver in Enum.GetValues<AlsSolver>())
            {
                var options = new ImplicitAls { Dimensions = dimensions, Epochs = 4, Solver = solver, BlockDimensions = 32 };
                await Row($"{solver}", options, () => ClusterPlan.Of(size, options, ClusterCosts.Measure(options, default), 600e6));
            }
            var bpr = new Bpr { Dimensions = dimensions, Epochs = 4 };
            await Row("bpr", bpr, () => ClusterPlan.Of(size, bpr, ClusterCosts.PerPair(bpr, default), 600e6));

            async Task Row(string name, ITrainer options, Func<ClusterPlan> planned)
            {
                double plain = BestEpoch(progress => options.Train(data, new() { Progress = progress }));
                double partitioned;
                using (var parts = PartitionedFolder.Open(Path.Combine(folder, "parts")))
                    partitioned = BestEpoch(progress => PartitionedTraining.Train(options, parts, new() { Progress = progress }));
                var (many, sent) = await Silos(folder, ModelSpec.For(options).Name, silos, Math.Max(1, cores / silos));
                var plan = planned();
                Console.WriteLine($"| {name} | {plain:F2} | {partitioned:F2} | {many:F2} | {many / partitioned:F2} | {plan.Seconds:F2} | "
                    + $"{sent / 1e6:N0} | {sent / (plan.SentBytes * (double)silos):F2} |");
            }
            return 0;
        }
        finally { Directory.Delete(folder, recursive: true); }
    }

    private static double BestEpoch(Action<IProgress<TrainingProgress>> train)
    {
        var times = new List<double>();
        var clock = Stopwatch.StartNew();
        train(new EpochEnds(() =>
        {
            times.Add(clock.Elapsed.TotalSeconds);
            clock.Restart();
        }));
        return times.Skip(1).Min();
    }

    private static async Task<(double Seconds, double Sent)> Silos(string folder, string model, int silos, int threads)
    {
        string command = Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "../../Kindred.Cli/release/Kindred.Cli.dll"));
        var address = ClusterAddress.Parse($"localhost:{Port}");
        var processes = new List<Process>();
        try
        {
            for (int n = 0; n < silos; n++)
            {
                var process = Process.Start(new ProcessStartInfo("dotnet", [command, "cluster", "silo", "--cluster", $"{address}", "--jobs",
                    Path.Combine(folder, "jobs"), "--port", $"{Port + n}", "--threads", $"{threads}"])
                { RedirectStandardError = true })!;
                processes.Add(process);
                while (await process.StandardError.ReadLineAsync() is { } line && !line.Contains("is ready", StringComparison.Ordinal)) { }
                _ = process.StandardError.ReadToEndAsync();
            }
            using var client = await ClusterHost.ConnectAsync(address, default);
            string id = Guid.NewGuid().ToString("N");
            var job = client.Services.GetRequiredService<IClusterClient>().GetGrain<IJobGrain>(id);
            await job.SubmitAsync(new(id, Path.Combine(folder, "parts"), model, 0, Path.Combine(folder, "model")));
            var ends = new SortedDictionary<int, DateTimeOffset>();
            JobStatus status;
            do
            {
                await Task.Delay(20);
                status = (await job.StatusAsync())!;
                if (status.Epoch > 0) ends.TryAdd(status.Epoch, status.Changed);
            }
            while (status.State == JobState.Running);
            if (status.State != JobState.Done) throw new InvalidOperationException(status.Note);
            var times = ends.Values.Zip(ends.Values.Skip(1), (from, to) => (to - from).TotalSeconds);
            return (times.Min(), status.Sent / (double)status.Epochs);
        }
        finally
        {
            foreach (var process in processes)
            {
                process.Kill();
                process.Dispose();
            }
        }
    }

    internal static void Write(string path, Interactions data, int partitions = Partitions)
    {
        int[] users = new int[partitions], events = new int[partitions];
        var all = data.Histories;
        for (int partition = 0; partition < partitions; partition++)
        {
            int[] chosen = [.. Enumerable.Range(0, data.Users.Count)
                .Where(user => PartitionedFolder.PartitionOf(data.Users.Id(user), partitions) == partition)];
            int[] starts = new int[chosen.Length + 1];
            for (int n = 0; n < chosen.Length; n++) starts[n + 1] = starts[n] + all.ItemsOf(chosen[n]).Length;
            int[] items = new int[starts[^1]];
            for (int n = 0; n < chosen.Length; n++) all.ItemsOf(chosen[n]).CopyTo(items.AsMemory(starts[n]));
            float[] weights = new float[items.Length];
            Array.Fill(weights, 1);
            PartitionedFolder.WritePart(path, partition, ValueKind.None,
                new(new Vocabulary([.. chosen.Select(data.Users.Id)]), data.Items, new Histories(starts, items, default, weights)));
            (users[partition], events[partition]) = (chosen.Length, items.Length);
        }
        PartitionedFolder.WriteItems(path, new("generated", [], new Dictionary<string, string>(), ValueKind.None, users, events),
            data.Items, Catalog.Empty(data.Items.Count));
    }

    private sealed class EpochEnds(Action epoch) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => epoch();
    }
}
