using System.Text.Json;
using System.Text.Json.Serialization;
using Kindred.Store;

namespace Kindred.Server.Renewal;

/// <summary>What the store keeps of a training beside its state.</summary>
/// <param name="Folder">The living folder whose model is trained.</param>
/// <param name="Runner">Host and process that look after it.</param>
/// <param name="Trigger">Why it was started, in a sentence.</param>
/// <param name="Step">What it is doing.</param>
/// <param name="Share">Of the step, from 0 to 1; null: not known.</param>
/// <param name="Reason">What it came to, or why it failed.</param>
internal sealed record RenewalDetail(
    string Folder, string Runner, string Trigger, string? Step = null, double? Share = null, string? Snapshot = null, bool? Served = null,
    string? Reason = null);

/// <summary>Keeps a training in the store from its beginning to its end, so that everyone sees how far it is.</summary>
internal sealed class RenewalJob(IStore store, string folder)
{
    /// <summary>The kind of job.</summary>
    public const string Kind = "renew";

    /// <summary>A job that was not heard of for longer has lost its process.</summary>
    public static readonly TimeSpan Silence = TimeSpan.FromSeconds(60);

    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500), Heartbeat = TimeSpan.FromSeconds(10);

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    public static RenewalDetail DetailOf(Job job) => JsonSerializer.Deserialize<RenewalDetail>(job.Detail, Json)!;

    /// <summary>Does the work and writes down how it goes.</summary>
    /// <param name="run">Told where to report.</param>
    /// <param name="started">Told the job once it is stored.</param>
    /// <returns>The job as it ended; it never throws for what went wrong in the work.</returns>
    public async Task<Job> RunAsync(
        string trigger, Func<IProgress<RenewalProgress>, Task<RenewalResult>> run, Action<Job>? started = null,
        CancellationToken cancellation = default)
    {
        var detail = new RenewalDetail(folder, $"{Environment.MachineName}:{Environment.ProcessId}", trigger);
        var job = await Write(new($"{Guid.CreateVersion7()}", Kind, JobState.Running), detail);
        started?.Invoke(job);
        var latest = new Latest();
        var work = run(latest);
        var written = DateTimeOffset.UtcNow;
        while (await Task.WhenAny(work, Task.Delay(Interval, CancellationToken.None)) != work)
        {
            var progress = latest.Value;
            bool isNew = (progress.Step, progress.Share) != (detail.Step, detail.Share);
            if (!isNew && DateTimeOffset.UtcNow - written < Heartbeat) continue;
            detail = detail with { Step = progress.Step, Share = progress.Share };
            try { job = await Write(job, detail); }
            catch (StoreUnavailableException) { } // the work continues; its end is written later
            written = DateTimeOffset.UtcNow;
        }
        return await End(job, detail with { Step = null, Share = null }, work, cancellation);
    }

    /// <summary>Marks jobs of this folder as failed whose process is gone.</summary>
    public async Task FailLostAsync(CancellationToken cancellation)
    {
        foreach (var job in await store.Jobs.ListAsync(20, cancellation))
        {
            if (job is not { Kind: Kind, State: JobState.Running } || DetailOf(job) is not { } detail || detail.Folder != folder) continue;
            string runner = $"{Environment.MachineName}:";
            bool isGone = DateTimeOffset.UtcNow - job.UpdatedAt > Silence
                || (detail.Runner.StartsWith(runner, StringComparison.Ordinal) && !IsAlive(int.Parse(detail.Runner[runner.Length..])));
            if (!isGone) continue;
            detail = detail with { Step = null, Share = null, Reason = "Its process ended; the next training begins anew." };
            await store.Jobs.PutAsync(job with { State = JobState.Failed, Detail = JsonSerializer.Serialize(detail, Json) }, cancellation);
        }
    }

    private async Task<Job> End(Job job, RenewalDetail detail, Task<RenewalResult> work, CancellationToken cancellation)
    {
        JobState state;
        try
        {
            var result = await work;
            state = JobState.Succeeded;
            detail = detail with { Snapshot = result.Snapshot, Served = result.Served, Reason = result.Reason };
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            (state, detail) = (JobState.Cancelled, detail with { Reason = "It was stopped; the next training begins anew." });
        }
        catch (Exception e)
        {
            (state, detail) = (JobState.Failed, detail with
            {
                Reason = e is InputException ? e.Message
                : $"Unexpected error: {e.Message}"
            });
        }
        return await Write(job with { State = state }, detail);
    }

    private async Task<Job> Write(Job job, RenewalDetail detail)
    {
        job = job with { Detail = JsonSerializer.Serialize(detail, Json) };
        return await store.Jobs.PutAsync(job, CancellationToken.None) ?? await store.Jobs.GetAsync(job.Id, CancellationToken.None) ?? job;
    }

    private static bool IsAlive(int process)
    {
        try
        {
            using var found = System.Diagnostics.Process.GetProcessById(process);
            return !found.HasExited;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    private sealed class Latest : IProgress<RenewalProgress>
    {
        private volatile RenewalProgress _value = new("Starting");

        public RenewalProgress Value => _value;

        public void Report(RenewalProgress value) => _value = value;
    }
}
