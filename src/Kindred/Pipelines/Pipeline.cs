using System.Collections.Concurrent;
using System.Diagnostics;
using Kindred.Models;

namespace Kindred.Pipelines;

/// <summary>
/// sources → each item once, with what every source said of it → stages → best <c>count</c>. Whatever the sources do, nothing is answered that is
/// not allowed. Equal queries get equal answers unless a source has a limit or the pipeline a budget: those look at the clock.
/// </summary>
public sealed class Pipeline : IRecommender
{
    private readonly IReadOnlyList<Source> _sources;
    private readonly IReadOnlyList<Stage> _stages;
    private readonly string[] _names;
    private readonly LoadShedder? _shedding;
    private readonly ConcurrentBag<Scratch> _idle = []; // as many as there are threads

    /// <summary>Stages are named by their types, bound ones by those of their options.</summary>
    public Pipeline(IReadOnlyList<Source> sources, IReadOnlyList<IStage> stages) : this(sources, Named(stages)) { }

    /// <param name="budget">Null: a request takes as long as it takes.</param>
    /// <exception cref="ArgumentException">Two sources or stages have the same name, or the budget names one that is not there.</exception>
    public Pipeline(IReadOnlyList<Source> sources, IReadOnlyList<Stage> stages, Budget? budget = null)
    {
        (_sources, _stages, _names) = (sources, stages, [.. sources.Select(source => source.Name)]);
        string[] steps = [.. _names, .. stages.Select(stage => stage.Name)];
        if (steps.Distinct().Count() < steps.Length) throw new ArgumentException("Two sources or stages have the same name.", nameof(sources));
        if (budget is null) return;
        int[] order = [.. budget.Shed.Select(name => Array.IndexOf(steps, name))];
        if (order.Contains(-1)) throw new ArgumentException($"The budget sheds '{budget.Shed[Array.IndexOf(order, -1)]}', which is no step.", nameof(budget));
        _shedding = new(budget.Limit, order, steps.Length);
    }

    /// <summary>The names of the sources, in the order in which candidates number them.</summary>
    public IReadOnlyList<string> Sources => _names;

    /// <summary>In the order in which they are applied.</summary>
    public IReadOnlyList<Stage> Stages => _stages;

    public IReadOnlyList<Candidate> Recommend(in Query query, int count) => Run(query, count, candidates => candidates.ToList());

    /// <summary><see cref="Recommend"/>, with what the answer had to do without.</summary>
    public PipelineAnswer Answer(in Query query, int count)
    {
        var left = new List<SkippedStep>();
        return new(Run(query, count, candidates => candidates.ToList(), left), left);
    }

    /// <summary>Answers with something else than a list of items: for who wants to see what the sources said.</summary>
    /// <param name="count">Null: all that are left after the last stage.</param>
    /// <param name="read">Told the candidates that are left, best first; they are used again when it has returned.</param>
    public T Run<T>(in Query query, int? count, Func<Candidates, T> read) => Run(query, count, read, left: null);

    /// <summary>Answers, and tells the way of each item of the answer and of others. Cost: a copy of the list for each stage, and what its reasons cost.</summary>
    /// <param name="others">Items of interest, such as one that is missed.</param>
    public Explanation Explain(in Query query, int count, IReadOnlyList<int> others)
    {
        var (left, trace) = (new List<SkippedStep>(), new Trace(query));
        int[] items = Run(query, count, candidates => candidates.Items.ToArray(), left, trace);
        return new([.. items.Select(item => trace.StoryOf(item, count))], [.. others.Except(items).Select(item => trace.StoryOf(item, count))], left);
    }

    private T Run<T>(in Query query, int? count, Func<Candidates, T> read, List<SkippedStep>? left, Trace? trace = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count ?? 0, nameof(count));
        if (!_idle.TryTake(out var scratch)) scratch = new(_names);
        var (candidates, request) = (scratch.Candidates, _shedding?.Begin());
        candidates.Clear();
        Propose(query, count ?? 0, scratch, request, left);
        if (query.Allowed is { } allowed) candidates.KeepWhere(place => allowed.Contains(candidates.Items[place]));
        candidates.Fuse();
        candidates.Sort();
        trace?.Begin(candidates);
        for (int n = 0; n < _stages.Count; n++)
        {
            if (!Allows(request, _sources.Count + n, _stages[n].Name, left)) continue;
            long start = Stopwatch.GetTimestamp();
            _stages[n].Action.Apply(query, candidates);
            request?.Took(_sources.Count + n, Stopwatch.GetElapsedTime(start));
            trace?.After(_stages[n], candidates);
        }
        if (count is { } most) candidates.Truncate(most);
        var answer = read(candidates);
        _idle.Add(scratch);
        return answer;
    }

    private void Propose(in Query query, int count, Scratch scratch, LoadShedder.Request? request, List<SkippedStep>? left)
    {
        long start = Stopwatch.GetTimestamp();
        List<(int Source, Task<Proposal> Task)>? beside = null;
        for (int source = 0; source < _sources.Count; source++)
        {
            if (_sources[source].Limit is null || !Allows(request, source, _names[source], left)) continue;
            (beside ??= []).Add((source, ProposeBeside(_sources[source], query, AskedOf(source, query, count))));
        }
        for (int source = 0; source < _sources.Count; source++)
        {
            if (_sources[source].Limit is not null || !Allows(request, source, _names[source], left)) continue;
            long begin = Stopwatch.GetTimestamp();
            int asked = AskedOf(source, query, count);
            scratch.MakeRoom(asked);
            var (items, scores) = (scratch.Items.AsMemory(0, asked), scratch.Scores.AsMemory(0, asked));
            int length = _sources[source].Retriever.Retrieve(query, items.Span, scores.Span);
            scratch.Candidates.Add(source, items.Span[..length], scores.Span[..length]);
            request?.Took(source, Stopwatch.GetElapsedTime(begin));
        }
        foreach (var (source, task) in beside ?? [])
        {
            var wait = _sources[source].Limit!.Value - Stopwatch.GetElapsedTime(start);
            if (Task.WaitAny([task], Math.Max(0, (int)wait.TotalMilliseconds)) < 0) left?.Add(SkippedStep.Late(_names[source]));
            else if (task.Exception?.InnerException is { } error) left?.Add(SkippedStep.Failed(_names[source], error));
            else scratch.Candidates.Add(source, task.Result.Items, task.Result.Scores);
            request?.Took(source, Stopwatch.GetElapsedTime(start));
        }
    }

    // a filter may remove the whole history, so that many more are asked for
    private int AskedOf(int source, in Query query, int count) => Math.Max(_sources[source].Count, count) + query.History.Length;

    // in memory of its own: it may go on when nobody waits any more
    private static Task<Proposal> ProposeBeside(Source source, Query query, int asked) => Task.Run(() =>
    {
        var (items, scores) = (new int[asked], new float[asked]);
        int length = source.Retriever.Retrieve(query, items, scores);
        return new Proposal(items[..length], scores[..length]);
    });

    private static bool Allows(LoadShedder.Request? request, int step, string name, List<SkippedStep>? left)
    {
        if (request?.Allows(step) != false) return true;
        left?.Add(SkippedStep.Shed(name));
        return false;
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

    private sealed record Proposal(int[] Items, float[] Scores);

    private sealed class Scratch(string[] sources)
    {
        public Candidates Candidates { get; } = new(sources);

        public int[] Items { get; private set; } = [];

        public float[] Scores { get; private set; } = [];

        public void MakeRoom(int count)
        {
            if (Items.Length < count) (Items, Scores) = (new int[count], new float[count]);
        }
    }
}
