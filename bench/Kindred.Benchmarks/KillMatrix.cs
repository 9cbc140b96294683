using System.Diagnostics;
using System.Net;
using System.Security.Cryptography;
using Kindred.Cluster;
using Kindred.Models;
using Kindred.Models.Als;
using Kindred.Partitions;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Kindred.Benchmarks;

/// <summary>
/// Kills each silo at the beginning of each phase of a job, stops each for 20 seconds, and fills the disk of the jobs; the model must have
/// the bytes of a training in one process each time. Needs root for the small disk, and redis-server.
/// </summary>
internal static class KillMatrix
{
    private const int Silos = 3, RedisPort = 21379, FirstPort = 21200, DiskMegabytes = 24;

    // what a silo waits at a phase for: to be killed or stopped
    private const string Wait = "wait";

    private static readonly TimeSpan Stop = TimeSpan.FromSeconds(20), Patience = TimeSpan.FromMinutes(3);

    /// <param name="Works">Where each silo is killed.</param>
    /// <param name="Stopped">Where each is stopped.</param>
    /// <param name="Full">Where each finds the disk full.</param>
    private sealed record MatrixJob(string Name, string Model, Work[] Works, Work Stopped, Work Full);

    private static readonly Work[] Epochs =
        [Work.Load, Work.Users, Work.Begin, Work.Sum, Work.Gather, Work.Solve, Work.Loss, Work.Keep, Work.Write];

    private static readonly Work[] Strata =
        [Work.Load, Work.Sum, Work.Gather, Work.Users, Work.Begin, Work.Learn, Work.Loss, Work.Keep, Work.Write];

    private static readonly MatrixJob[] Jobs =
    [
        new("exact", "implicit-als:dimensions=32,epochs=3", Epochs, Work.Sum, Work.Keep),
        new("conjugateGradient", "implicit-als:dimensions=32,epochs=3,solver=conjugateGradient", Epochs, Work.Solve, Work.Keep),
        new("bpr", "bpr:dimensions=32,epochs=3", Strata, Work.Learn, Work.Keep),
        new("item-knn", "item-knn", [Work.Load, Work.Sum, Work.Gather, Work.Begin, Work.Pieces, Work.Write], Work.Pieces, Work.Pieces),
    ];

    /// <param name="args">Names of jobs; none: all.</param>
    public static async Task<int> Run(string[] args)
    {
        if (args is ["silo", var address, var jobs, var port]) return await RunSilo(ClusterAddress.Parse(address), jobs, int.Parse(port));
        string folder = Directory.CreateTempSubdirectory("kindred-kills-").FullName, disk = Path.Combine(folder, "jobs");
        Directory.CreateDirectory(disk);
        Shell("mount", "-t", "tmpfs", "-o", $"size={DiskMegabytes}m", "tmpfs", disk);
        using var redis = Process.Start(new ProcessStartInfo("redis-server", ["--port", $"{RedisPort}", "--save", "", "--appendonly", "no"])
        { RedirectStandardOutput = true })!;
        var cluster = new List<Silo>();
        try
        {
            ClusterBenchmark.Write(Path.Combine(folder, "parts"), GeneratedInteractions.Create(6_000, 1_500, 300_000), partitions: 8);
            for (int n = 0; n < Silos; n++) cluster.Add(await Silo.Start(folder));
            using var client = await ClusterHost.ConnectAsync(Address, default);
            var matrix = new Matrix(folder, disk, cluster, client.Services.GetRequiredService<IClusterClient>());
            return await matrix.Run(Jobs.Where(job => args.Length == 0 || args.Contains(job.Name))) ? 0 : 1;
        }
        finally
        {
            foreach (var silo in cluster) silo.Kill();
            redis.Kill();
            Shell("umount", disk);
            Directory.Delete(folder, recursive: true);
        }
    }

    private static ClusterAddress Address => ClusterAddress.Parse($"redis://127.0.0.1:{RedisPort}");

    /// <summary>A silo that waits where the file says, once.</summary>
    private static async Task<int> RunSilo(ClusterAddress address, string folder, int port)
    {
        string file = Path.Combine(folder, $"{Wait}-{port}");
        using var silo = ClusterHost.Silo(address, Path.Combine(folder, "jobs"), IPAddress.Loopback, port, 1, order =>
        {
            if (!File.Exists(file) || File.ReadAllText(file) != $"{order.Work}") return;
            File.Delete(file);
            Console.WriteLine(Wait);
            Thread.Sleep(TimeSpan.FromSeconds(1)); // meanwhile it is killed, stopped, or its disk filled
        });
        await silo.StartAsync();
        Console.WriteLine("ready");
        await silo.WaitForShutdownAsync();
        return 0;
    }

    private static void Shell(string program, params string[] args)
    {
        using var process = Process.Start(program, args);
        process.WaitForExit();
        if (process.ExitCode != 0) throw new InvalidOperationException($"{program} {string.Join(' ', args)} failed.");
    }

    /// <summary>A silo in a process of its own.</summary>
    private sealed class Silo(Process process, string folder, int port)
    {
        private static int _started;

        public bool IsAlive => !process.HasExited;

        public static async Task<Silo> Start(string folder)
        {
            int port = FirstPort + _started++;
            var process = Process.Start(new ProcessStartInfo(Environment.ProcessPath!,
                ["kills", "silo", $"{Address}", folder, $"{port}"])
            { RedirectStandardOutput = true })!;
            var silo = new Silo(process, folder, port);
            await silo.Said("ready");
            return silo;
        }

        /// <summary>Lets it wait at the next order of that work.</summary>
        public void WaitAt(Work work) => File.WriteAllText(Path.Combine(folder, $"{Wait}-{port}"), $"{work}");

        public Task Waits() => Said(Wait);

        public void Signal(string signal) => Shell("kill", $"-{signal}", $"{process.Id}");

        public void Kill()
        {
            if (IsAlive) process.Kill();
            process.WaitForExit();
        }

        private async Task Said(string word)
        {
            while (await process.StandardOutput.ReadLineAsync().WaitAsync(Patience) is { } line) if (line == word) return;
            throw new InvalidOperationException("A silo ended.");
        }
    }

    private sealed class Matrix(string folder, string disk, List<Silo> cluster, IClusterClient client)
    {
        private bool _isGood = true;

        public async Task<bool> Run(IEnumerable<MatrixJob> jobs)
        {
            Console.WriteLine($"{Silos} silos of one thread; seconds until the job is done, and attempts; equal: the bytes of one process");
            foreach (var (name, model, works, stopped, full) in jobs)
            {
                string expected = await OneProcess(model);
                Console.WriteLine($"\n{name}, undisturbed: {await Done(await Submit(model), Stopwatch.StartNew(), expected)}\n");
                Console.WriteLine("| killed at | silo 1 | silo 2 | silo 3 |\n| --- | --- | --- | --- |");
                foreach (var work in works) await Row($"{work}", n => Killed(model, work, expected, n));
                Console.WriteLine("\n| stopped for 20 s at | silo 1 | silo 2 | silo 3 |\n| --- | --- | --- | --- |");
                await Row($"{stopped}", n => Stopped(model, stopped, expected, n));
                Console.WriteLine("\n| disk full for 8 s at | silo 1 | silo 2 | silo 3 |\n| --- | --- | --- | --- |");
                await Row($"{full}", n => Full(model, full, expected, n));
            }
            return _isGood;
        }

        private static async Task Row(string title, Func<int, Task<string>> cell)
        {
            string text = $"| {title} |";
            for (int n = 0; n < Silos; n++) text += $" {await cell(n)} |";
            Console.WriteLine(text);
        }

        private async Task<string> Killed(string model, Work work, string expected, int n)
        {
            cluster[n].WaitAt(work);
            var job = await Submit(model);
            await cluster[n].Waits();
            var clock = Stopwatch.StartNew();
            cluster[n].Kill();
            string result = await Done(job, clock, expected);
            cluster[n] = await Silo.Start(folder);
            return result;
        }

        private async Task<string> Stopped(string model, Work work, string expected, int n)
        {
            cluster[n].WaitAt(work);
            var job = await Submit(model);
            await cluster[n].Waits();
            var clock = Stopwatch.StartNew();
            cluster[n].Signal("STOP");
            await Task.Delay(Stop);
            cluster[n].Signal("CONT");
            string result = await Done(job, clock, expected);
            await Task.Delay(TimeSpan.FromSeconds(5)); // a silo that was given up ends itself
            bool ended = !cluster[n].IsAlive;
            cluster[n].Kill();
            cluster[n] = await Silo.Start(folder);
            return $"{result}{(ended ? ", silo ended" : "")}";
        }

        private async Task<string> Full(string model, Work work, string expected, int n)
        {
            string filler = Path.Combine(disk, "filler");
            cluster[n].WaitAt(work);
            var job = await Submit(model);
            await cluster[n].Waits();
            var clock = Stopwatch.StartNew();
            try
            {
                using (var stream = File.Create(filler))
                    while (true) stream.Write(new byte[4096]);
            }
            catch (IOException) { } // it is full
            await Task.Delay(TimeSpan.FromSeconds(8));
            File.Delete(filler);
            return await Done(job, clock, expected);
        }

        private async Task<IJobGrain> Submit(string model)
        {
            if (Directory.Exists(Path.Combine(folder, "model"))) Directory.Delete(Path.Combine(folder, "model"), recursive: true);
            string id = Guid.NewGuid().ToString("N");
            var job = client.GetGrain<IJobGrain>(id);
            await job.SubmitAsync(new(id, Path.Combine(folder, "parts"), model, 0, Path.Combine(folder, "model")));
            return job;
        }

        private async Task<string> Done(IJobGrain job, Stopwatch clock, string expected)
        {
            while (clock.Elapsed < Patience)
            {
                try
                {
                    var status = (await job.StatusAsync())!;
                    if (status.State == JobState.Done)
                    {
                        bool isEqual = Sum(Path.Combine(folder, "model")) == expected;
                        _isGood &= isEqual;
                        return $"{clock.Elapsed.TotalSeconds:F0} s, {status.Attempts}, {(isEqual ? "equal" : "**other bytes**")}";
                    }
                    if (status.State == JobState.Failed) throw new InvalidOperationException(status.Note);
                }
                catch (Exception e) when (e is SiloUnavailableException or TimeoutException or OrleansException) { }
                await Task.Delay(200); // where its silo was lost, another takes it over
            }
            _isGood = false;
            return "**not done**";
        }

        private async Task<string> OneProcess(string model)
        {
            string path = Path.Combine(folder, "one");
            using var data = PartitionedFolder.Open(Path.Combine(folder, "parts"));
            PartitionedTraining.Write(path, PartitionedTraining.Train(ModelSpec.Parse(model).Trainer, data, new()));
            await Task.Yield();
            return Sum(path);
        }

        private static string Sum(string model) =>
            Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(Path.Combine(model, "model.safetensors"))));
    }
}
