using System.Diagnostics;
using Kindred.Models;
using Kindred.Numerics;

namespace Kindred.Pipelines;

/// <summary>Memory of one request, used again by others.</summary>
internal sealed class PipelineScratch(IReadOnlyList<string> sources, int fallbacks, float[] weights)
{
    /// <summary>The list of the request.</summary>
    public Candidates Candidates { get; } = new(sources, fallbacks, weights);

    /// <summary>What the sources proposed, for a second time through the stages.</summary>
    public Candidates Proposed { get; } = new(sources, fallbacks, weights);

    /// <summary>What a stage does not see.</summary>
    public Candidates Aside { get; } = new(sources, fallbacks, weights);

    public int[] Items { get; private set; } = [];

    public float[] Scores { get; private set; } = [];

    public void MakeRoom(int count)
    {
        if (Items.Length < count) (Items, Scores) = (new int[count], new float[count]);
    }
}

/// <summary>What is asked of a pipeline.</summary>
/// <param name="Count">Null: all that are left after the last stage, without a fallback.</param>
/// <param name="Explains">What happens on the way is kept.</param>
/// <param name="IsWarmUp">Nobody sees the answer: other programs are not asked, and nothing is measured.</param>
internal readonly record struct PipelineQuestion(Query Query, int? Count, bool Explains, bool IsWarmUp);

/// <summary>
/// One request on its way: sources are asked, those that run in parallel are waited for, stages are applied. One thread at a time.
/// </summary>
internal sealed class PipelineRun : IDisposable
{
    private readonly Pipeline _pipeline;
    private readonly ScratchPool<PipelineScratch> _idle;
    private readonly PipelineScratch _scratch;
    private readonly Query _query;
    private readonly int? _count;
    private readonly bool _isWarmUp;
    private readonly CancellationToken _cancellationToken;
    private readonly long _start = Stopwatch.GetTimestamp();
    private readonly LoadShedder.Request? _budget;
    private readonly bool?[] _allows; // [sources, then stages]: decided once, however often they are asked
    private readonly List<SkippedStep> _skipped = [];
    private readonly List<(int Source, ParallelSource.SourceRun Run)> _parallel = [];

    private PipelineRun(
        Pipeline pipeline, PipelineScratch scratch, ScratchPool<PipelineScratch> idle, in PipelineQuestion question,
        CancellationToken cancellationToken)
    {
        (_pipeline, _scratch, _idle, _cancellationToken) = (pipeline, scratch, idle, cancellationToken);
        _query = question.Query with { ExcludesHistory = pipeline.ExcludesHistory };
        (_count, _isWarmUp) = (question.Count, question.IsWarmUp);
        _budget = pipeline.Shedder?.Begin();
        _allows = new bool?[pipeline.Steps.Length + pipeline.Stages.Count];
        var ranks = new SourceRanks(pipeline, _query, cancellationToken);
        if (question.Explains) Trace = new(_query, ranks) { SeenStage = pipeline.ExcludesHistory ? pipeline.Stages[0].Name : null };
    }

    /// <summary>Null: nothing is to be explained.</summary>
    public Trace? Trace { get; }

    public IReadOnlyList<SkippedStep> Skipped => _skipped;

    /// <summary>Asks the sources: those in parallel first, which then run while the others answer.</summary>
    public static PipelineRun Start(
        Pipeline pipeline, PipelineScratch scratch, ScratchPool<PipelineScratch> idle, in PipelineQuestion question,
        CancellationToken cancellationToken)
    {
        var run = new PipelineRun(pipeline, scratch, idle, question, cancellationToken);
        try
        {
            scratch.Candidates.Clear();
            run.Propose();
            return run;
        }
        catch
        {
            run.Dispose();
            throw;
        }
    }

    /// <summary>Waits for the sources in parallel, each until its limit.</summary>
    public void Wait()
    {
        foreach (var (source, run) in _parallel)
        {
            Task.WaitAny([run.Task], (int)TimeLeft(source).TotalMilliseconds, _cancellationToken);
            Take(source, run);
        }
    }

    /// <inheritdoc cref="Wait"/>
    public async Task WaitAsync()
    {
        foreach (var (source, run) in _parallel)
        {
            if (!run.Task.IsCompleted)
            {
                using var alarm = CancellationTokenSource.CreateLinkedTokenSource(_cancellationToken);
                await Task.WhenAny(run.Task, Task.Delay(TimeLeft(source), alarm.Token)).ConfigureAwait(false);
                await alarm.CancelAsync().ConfigureAwait(false); // no timer is left behind
                _cancellationToken.ThrowIfCancellationRequested();
            }
            Take(source, run);
        }
    }

    /// <summary>Applies the stages, with a fallback where the list would be short.</summary>
    /// <returns>The list, to be read before this is disposed.</returns>
    public Candidates Finish()
    {
        var candidates = Arrange();
        bool canGrow = _pipeline.Fallbacks > 0 && _count is not null;
        if (canGrow) candidates.CopyTo(_scratch.Proposed);
        if (!canGrow || candidates.Count >= _count) canGrow &= ApplyStages();
        // what stages remove of a fallback's items is replaced by its next ones
        for (long times = 1; canGrow && candidates.Count < _count; times *= 2)
        {
            _scratch.Proposed.CopyTo(candidates);
            canGrow = IncludeFallback(times);
            canGrow &= ApplyStages();
        }
        if (_count is { } count) candidates.Truncate(count);
        return candidates;
    }

    public void Dispose()
    {
        foreach (var (_, run) in _parallel) run.Dispose();
        _parallel.Clear();
        _idle.Return(_scratch);
    }

    private void Propose()
    {
        int own = _pipeline.Steps.Length - _pipeline.Fallbacks;
        for (int source = 0; source < own; source++)
        {
            if (_pipeline.Parallel[source] is not { } parallel || !Allows(source)) continue;
            if (_isWarmUp && parallel.Source.Retriever is IRemoteRetriever) continue;
            if (parallel.IsBusy) Skip(SkippedStep.Busy(parallel.Source.Name));
            else _parallel.Add((source, parallel.Start(_query, AskedOf(source), !_isWarmUp, _cancellationToken)));
        }
        for (int source = 0; source < own; source++)
        {
            if (_pipeline.Parallel[source] is not null || !Allows(source)) continue;
            long begin = Stopwatch.GetTimestamp();
            Retrieve(source, AskedOf(source));
            _budget?.Took(source, Stopwatch.GetElapsedTime(begin));
        }
    }

    private int Retrieve(int source, int count)
    {
        _scratch.MakeRoom(count);
        var items = _scratch.Items.AsSpan(0, count);
        var scores = _scratch.Scores.AsSpan(0, count);
        using var running = Measure(_pipeline.Steps[source].Name, 0);
        int length = _pipeline.Steps[source].Retriever.Retrieve(_query, items, scores, _cancellationToken);
        running.End(length);
        _scratch.Candidates.Add(source, items[..length], scores[..length]);
        return length;
    }

    // a filter may remove the whole history, so that many more are asked for
    private int AskedOf(int source)
    {
        var (step, retriever) = (_pipeline.Steps[source], _pipeline.Steps[source].Retriever);
        long asked = Math.Max(step.Count, _count ?? 0);
        if (!_query.ExcludesHistory || !retriever.CanExcludeHistory) asked += _query.History.Length;
        return (int)Math.Min(retriever.ItemCount, asked);
    }

    // not less than there is: a wait for a part of a millisecond would be none
    private TimeSpan TimeLeft(int source) => _pipeline.Steps[source].Limit is not { } limit ? Timeout.InfiniteTimeSpan
        : TimeSpan.FromMilliseconds(Math.Max(0, Math.Ceiling((limit - Stopwatch.GetElapsedTime(_start)).TotalMilliseconds)));

    private void Take(int source, ParallelSource.SourceRun run)
    {
        string name = _pipeline.Steps[source].Name;
        if (!run.Task.IsCompleted || run.Task.IsCanceled) Skip(SkippedStep.Late(name));
        else if (run.Task.Exception?.InnerException is { } error) Skip(SkippedStep.Failed(name, error));
        else _scratch.Candidates.Add(source, run.Task.Result.Items.Span, run.Task.Result.Scores.Span);
        _budget?.Took(source, Stopwatch.GetElapsedTime(_start));
    }

    private Candidates Arrange()
    {
        var candidates = _scratch.Candidates;
        if (_query.Allowed is { } allowed) candidates.KeepWhere(place => allowed.Contains(candidates.Items[place]));
        candidates.Fuse();
        candidates.Sort();
        return candidates;
    }

    // so many more are asked for as may be there already; false: the fallbacks have no more
    private bool IncludeFallback(long times)
    {
        int there = _scratch.Candidates.Count;
        bool hasMore = false;
        for (int source = _pipeline.Steps.Length - _pipeline.Fallbacks; source < _pipeline.Steps.Length; source++)
        {
            if (!Allows(source)) continue;
            int most = _pipeline.Steps[source].Retriever.ItemCount;
            int asked = (int)Math.Min(most, times * ((long)AskedOf(source) + there));
            hasMore |= Retrieve(source, asked) == asked && asked < most;
        }
        Arrange();
        return hasMore;
    }

    // false: one of them left as many as it ever does, so that more candidates are of no use
    private bool ApplyStages()
    {
        var candidates = _scratch.Candidates;
        bool canGrow = true;
        Trace?.Begin(candidates);
        for (int n = 0; n < _pipeline.Stages.Count; n++)
        {
            _cancellationToken.ThrowIfCancellationRequested();
            int step = _pipeline.Steps.Length + n;
            if (!Allows(step)) continue;
            long start = Stopwatch.GetTimestamp();
            using (var running = Measure(_pipeline.Stages[n].Name, candidates.Count))
            {
                Apply(_pipeline.Stages[n].Action);
                candidates.MakeFinite();
                running.End(candidates.Count);
            }
            _budget?.Took(step, Stopwatch.GetElapsedTime(start));
            Trace?.After(_pipeline.Stages[n], candidates);
            canGrow &= candidates.Count < _pipeline.Stages[n].Action.MostLeft;
        }
        return canGrow;
    }

    private void Apply(IStage stage)
    {
        var (candidates, aside) = (_scratch.Candidates, _scratch.Aside);
        bool setsAside = _pipeline.Fallbacks > 0 && !stage.HoldsForFallback;
        if (setsAside) candidates.SetFallbackAside(aside);
        stage.Apply(_query, candidates);
        if (setsAside) candidates.Append(aside);
    }

    private StepTelemetry.RunningStep Measure(string step, int candidates) =>
        _isWarmUp ? default : StepTelemetry.Begin(step, candidates);

    private void Skip(SkippedStep step)
    {
        _skipped.Add(step);
        if (!_isWarmUp) StepTelemetry.Skip(step.Step);
    }

    private bool Allows(int step) => _allows[step] ??= Decide(step);

    private bool Decide(int step)
    {
        if (_budget?.Allows(step) != false) return true;
        Skip(SkippedStep.Shed(
            step < _pipeline.Steps.Length ? _pipeline.Steps[step].Name : _pipeline.Stages[step - _pipeline.Steps.Length].Name));
        return false;
    }
}
