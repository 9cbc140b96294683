using System.Diagnostics;
using System.Globalization;
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

/// <summary>
/// Keeps a training in the store from its beginning to its end, so that everyone sees how far it is. Of all servers of the store one trains
/// at a time: the setting <c>training</c> names the job whose turn it is, and a job that is not heard of any more has lost it.
/// </summary>
internal sealed class RenewalJob(IStore store, string folder)
{
    /// <summary>The kind of job.</summary>
    public const string Kind = "renew";

    private const string TurnName = "training";

    private const string LostReason = "Its process ended; the next training begins anew.";

    private const string StoppedReason = "The store could not be told how far it is, so that another server may train; the next training " +
        "begins anew.";

    /// <summary>A job that was not heard of for longer has lost its process. Clocks of servers may differ by less than that.</summary>
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(60);

    /// <summary>A training that cannot be heard of ends by itself, before others take it for lost.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500), Heartbeat = TimeSpan.FromSeconds(10);

    private static readonly string Machine = $"{Environment.MachineName}:";

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    public static RenewalDetail DetailOf(Job job) => JsonSerializer.Deserialize<RenewalDetail>(job.Detail, Json)!;

    /// <summary>Does the work and writes down how it goes.</summary>
    /// <param name="run">Told where to report; cancelled also when another server may train.</param>
    /// <param name="started">Told the job once it is stored.</param>
    /// <returns>
    /// The job as it ended, and it never throws for what went wrong in the work; null: another training is at work, here or on another
    /// server.
    /// </returns>
    public async Task<Job?> RunAsync(
        string trigger, Func<IProgress<RenewalProgress>, CancellationToken, Task<RenewalResult>> run, Action<Job>? started = null,
        CancellationToken cancellation = default)
    {
        var detail = new RenewalDetail(folder, $"{Machine}{Environment.ProcessId}", trigger);
        if (await BeginAsync(detail) is not { } job) return null;
        started?.Invoke(job);
        using var turn = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var latest = new Latest();
        var work = run(latest, turn.Token);
        var (tried, heard) = (Stopwatch.GetTimestamp(), Stopwatch.GetTimestamp());
        while (await Task.WhenAny(work, Task.Delay(Interval, CancellationToken.None)) != work)
        {
            if (turn.IsCancellationRequested) continue;
            var progress = latest.Value;
            bool isNew = (progress.Step, progress.Share) != (detail.Step, detail.Share);
            if (!isNew && Stopwatch.GetElapsedTime(tried) < Heartbeat) continue;
            detail = detail with { Step = progress.Step, Share = progress.Share };
            tried = Stopwatch.GetTimestamp();
            try
            {
                job = await Write(job, detail).WaitAsync(Heartbeat, CancellationToken.None);
                heard = tried;
            }
            catch (Exception e) when (e is StoreUnavailableException or TimeoutException) { } // its end is written later
            if (job.State != JobState.Running || Stopwatch.GetElapsedTime(heard) > Patience) await turn.CancelAsync();
        }
        return await End(job, detail with { Step = null, Share = null }, work, cancellation);
    }

    /// <summary>Marks jobs as failed whose processes are gone.</summary>
    /// <returns>The latest trainings, newest first.</returns>
    public async Task<IReadOnlyList<Job>> FailLostAsync(CancellationToken cancellation)
    {
        var jobs = (await store.Jobs.ListAsync(20, cancellation)).Where(job => job.Kind == Kind).ToArray();
        for (int n = 0; n < jobs.Length; n++)
        {
            if (jobs[n].State != JobState.Running) continue;
            var detail = DetailOf(jobs[n]);
            bool isGone = DateTimeOffset.UtcNow - jobs[n].UpdatedAt > Silence
                || (IsOwn(detail) && !IsAlive(int.Parse(detail.Runner[Machine.Length..], CultureInfo.InvariantCulture)));
            if (!isGone) continue;
            detail = detail with { Step = null, Share = null, Reason = LostReason };
            var lost = jobs[n] with { State = JobState.Failed, Detail = JsonSerializer.Serialize(detail, Json) };
            jobs[n] = await store.Jobs.PutAsync(lost, cancellation) ?? jobs[n];
        }
        return jobs;
    }

    /// <returns>Whether another server began it, and it was not lost: what came of it this one would only repeat.</returns>
    public bool IsOfAnother(Job job) => DetailOf(job) is var detail && !IsOwn(detail) && detail.Reason != LostReason;

    private bool IsOwn(RenewalDetail detail) => detail.Folder == folder && detail.Runner.StartsWith(Machine, StringComparison.Ordinal);

    /// <returns>Null: another job has the turn.</returns>
    private async Task<Job?> BeginAsync(RenewalDetail detail)
    {
        await FailLostAsync(CancellationToken.None);
        var turn = await store.Settings.GetAsync(TurnName);
        if (turn is not null && await store.Jobs.GetAsync(TurnOf(turn)) is { State: JobState.Running }) return null;
        var job = await Write(new($"{Guid.CreateVersion7()}", Kind, JobState.Running), detail);
        string json = JsonSerializer.Serialize(new Turn(job.Id), Json);
        if (await store.Settings.SetAsync(TurnName, json, turn?.Version ?? 0) is not null) return job;
        await Write(job with { State = JobState.Cancelled }, detail with { Reason = "Another server began to train at the same moment." });
        return null;
    }

    private static string TurnOf(Setting setting) => JsonSerializer.Deserialize<Turn>(setting.Json, Json)!.Job;

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
        catch (OperationCanceledException)
        {
            (state, detail) = (JobState.Failed, detail with { Reason = StoppedReason });
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
            using var found = Process.GetProcessById(process);
            return !found.HasExited;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    private sealed record Turn(string Job);

    private sealed class Latest : IProgress<RenewalProgress>
    {
        private volatile RenewalProgress _value = new("Starting");

        public RenewalProgress Value => _value;

        public void Report(RenewalProgress value) => _value = value;
    }
}
