using Kindred.Models;
using Kindred.Numerics;

namespace Kindred.Pipelines;

/// <summary>
/// sources → each item once, with what every source said of it → stages → best <c>count</c>. A model alone is a pipeline of one source:
/// whatever is asked or measured is one. Whatever the sources do, nothing is answered that is not allowed, and every score is a finite
/// number. Equal queries get equal answers unless a source has a limit or the pipeline a budget: those look at the clock. Safe to share
/// between threads.
/// </summary>
/// <remarks>
/// Fallbacks are asked where the others propose, or leave after the stages, fewer items than are asked for. Their candidates join the list
/// behind all others, and the stages are applied anew to all of it, so that filters, rules and limits hold for them too.
/// </remarks>
internal sealed class Pipeline
{
    private readonly ScratchPool<PipelineScratch> _idle;

    /// <summary>Stages are named by their types, bound ones by those of their options.</summary>
    public Pipeline(IReadOnlyList<Source> sources, IReadOnlyList<IStage> stages) : this(sources, Named(stages)) { }

    /// <param name="budget">Null: a request takes as long as it takes.</param>
    /// <param name="hold">
    /// Keeps open what the sources read, such as a snapshot. A run of a source that may outlive its request holds it until it ends. Null:
    /// nothing is to be closed.
    /// </param>
    /// <exception cref="ArgumentException">
    /// Two sources or stages have the same name, the budget names one that is not there, or a fallback has a limit or is remote.
    /// </exception>
    public Pipeline(IReadOnlyList<Source> sources, IReadOnlyList<Stage> stages, Budget? budget = null, Func<IDisposable>? hold = null)
    {
        Steps = [.. sources.OrderBy(source => source.IsFallback)];
        Fallbacks = sources.Count(source => source.IsFallback);
        Sources = [.. Steps.Select(source => source.Name)];
        Stages = stages;
        string[] names = [.. Sources, .. stages.Select(stage => stage.Name)];
        if (names.Distinct().Count() < names.Length)
            throw new ArgumentException("Two sources or stages have the same name.", nameof(sources));
        if (Steps.FirstOrDefault(source => source is { IsFallback: true, IsParallel: true }) is { } waiting)
            throw new ArgumentException(
                $"The fallback '{waiting.Name}' has a limit or is remote; a fallback must always answer.", nameof(sources));
        Parallel = [.. Steps.Select(source => source.IsParallel ? new ParallelSource(source, hold) : null)];
        ExcludesHistory = Own.Length > 0 && Array.TrueForAll(
            Own.ToArray(), source => source is { IsParallel: false, Retriever.CanExcludeHistory: true })
            && stages is [{ Action: ExcludeSeen { IsForGood: true } }];
        float[] weights = [.. Steps.Select(source => source.Weight)];
        _idle = new(() => new(Sources, Fallbacks, weights));
        Budget = budget;
        if (budget is null) return;
        int[] order = [.. budget.Shed.Select(name => Array.IndexOf(names, name))];
        if (order.Contains(-1))
            throw new ArgumentException($"The budget sheds '{budget.Shed[Array.IndexOf(order, -1)]}', which is no step.", nameof(budget));
        Shedder = new(budget.Limit, order, names.Length);
    }

    /// <returns>What one retriever proposes, as it is.</returns>
    public static Pipeline Of(string source, IRetriever retriever) => new([new(source, retriever, Count: 0)], new List<Stage>());

    /// <summary>The names of the sources, in the order in which candidates number them: fallbacks last.</summary>
    public IReadOnlyList<string> Sources { get; }

    /// <summary>In the order in which they are applied.</summary>
    public IReadOnlyList<Stage> Stages { get; }

    /// <summary>In the order of <see cref="Sources"/>.</summary>
    internal Source[] Steps { get; }

    /// <summary>How many sources, the last ones, are fallbacks.</summary>
    internal int Fallbacks { get; }

    /// <summary>[sources]; null for those that do not run in parallel.</summary>
    internal ParallelSource?[] Parallel { get; }

    /// <summary>Null: a request takes as long as it takes.</summary>
    internal Budget? Budget { get; }

    internal LoadShedder? Shedder { get; }

    /// <summary>
    /// Sources that can leave out what was seen, and nothing behind them than the stage that drops that: they are told to do so themselves.
    /// What is asked of them is shorter, and where several are fused by rank, what was seen takes no ranks.
    /// </summary>
    internal bool ExcludesHistory { get; }

    private ReadOnlySpan<Source> Own => Steps.AsSpan(0, Steps.Length - Fallbacks);

    /// <returns>
    /// At most <paramref name="count"/> items of <see cref="Query.Allowed"/>, best first, no repeats; fewer or none when no more can be
    /// said.
    /// </returns>
    public IReadOnlyList<Candidate> Recommend(in Query query, int count) => Answer(query, count).Items;

    /// <summary><see cref="Recommend"/>, with what the answer had to do without and, if that is asked, why it is as it is.</summary>
    /// <remarks>Blocks the thread while a parallel source is waited for: a server should use <see cref="AnswerAsync"/>.</remarks>
    /// <param name="whyNot">
    /// Not null: explain each item of the answer, and these: items of interest, such as one that is missed. Cost: a copy of the list for
    /// each stage, and what its reasons cost.
    /// </param>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public PipelineAnswer Answer(
        in Query query, int count, IReadOnlyList<int>? whyNot = null, CancellationToken cancellationToken = default)
    {
        using var run = Begin(query, count, whyNot is not null, cancellationToken);
        run.Wait();
        return AnswerOf(run, count, whyNot);
    }

    /// <summary><see cref="Answer"/>, without blocking a thread while a parallel source is waited for.</summary>
    /// <param name="whyNot">As there.</param>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public ValueTask<PipelineAnswer> AnswerAsync(
        in Query query, int count, IReadOnlyList<int>? whyNot = null, CancellationToken cancellationToken = default)
    {
        if (Array.TrueForAll(Parallel, source => source is null)) return new(Answer(query, count, whyNot, cancellationToken));
        return WaitedFor(Begin(query, count, whyNot is not null, cancellationToken), count, whyNot);
    }

    /// <summary>Answers with something else than a list of items: for those who want to see what the sources said.</summary>
    /// <param name="count">Null: all that are left after the last stage; no fallback is asked then.</param>
    /// <param name="read">Told the candidates that are left, best first; they are used again when it has returned.</param>
    public T Run<T>(in Query query, int? count, Func<Candidates, T> read)
    {
        using var run = Begin(query, count, explains: false, CancellationToken.None);
        run.Wait();
        return read(run.Finish());
    }

    /// <summary>
    /// Answers for nobody to see, so that what is made once is made and a budget knows the usual times. No other program is asked for that.
    /// </summary>
    internal void WarmUp(in Query query, int count)
    {
        using var run = Begin(query, count, explains: false, CancellationToken.None, isWarmUp: true);
        run.Wait();
        run.Finish();
    }

    /// <summary>
    /// The lists that <see cref="Recommend"/> gives to each query alone, for less where the source can answer many together.
    /// </summary>
    /// <param name="queries">Any number; some hundred are enough to be fast.</param>
    /// <param name="count">The most items in a list.</param>
    /// <param name="lists">Overwritten: list n answers <paramref name="queries"/>[n].</param>
    public void RecommendAll(ReadOnlySpan<Query> queries, int count, RankedLists lists)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        if (PipelineBatch.TryAnswer(this, queries, count, lists)) return;
        lists.Reset(queries.Length, count);
        for (int n = 0; n < queries.Length; n++)
        {
            Run(queries[n], count, candidates =>
            {
                lists.Add(n, candidates.Items, candidates.Scores);
                return true;
            });
        }
    }

    private PipelineRun Begin(in Query query, int? count, bool explains, CancellationToken cancellationToken, bool isWarmUp = false)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count ?? 0, nameof(count));
        cancellationToken.ThrowIfCancellationRequested();
        return PipelineRun.Start(this, _idle.Rent(), _idle, new(query, count, explains, isWarmUp), cancellationToken);
    }

    private static async ValueTask<PipelineAnswer> WaitedFor(PipelineRun run, int count, IReadOnlyList<int>? whyNot)
    {
        using (run)
        {
            await run.WaitAsync().ConfigureAwait(false);
            return AnswerOf(run, count, whyNot);
        }
    }

    private static PipelineAnswer AnswerOf(PipelineRun run, int count, IReadOnlyList<int>? whyNot)
    {
        var items = run.Finish().ToList();
        return new(items, run.Skipped, whyNot is null ? null : run.Trace!.Explain(items, count, whyNot));
    }

    private static Stage[] Named(IReadOnlyList<IStage> stages)
    {
        var names = new List<string>();
        foreach (var stage in stages)
        {
            string type = (stage.GetType().DeclaringType ?? stage.GetType()).Name; // a bound stage lies in the type of its options
            int same = names.Count(name => name == type || name.StartsWith($"{type} ", StringComparison.Ordinal));
            names.Add(same == 0 ? type : $"{type} {same + 1}");
        }
        return [.. stages.Select((stage, n) => new Stage(names[n], stage))];
    }
}
