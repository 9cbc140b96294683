namespace Kindred.Pipelines;

/// <summary>Time budget of a request, and what to skip when it runs out.</summary>
/// <param name="Limit">
/// From the beginning of the request to its answer. It is aimed at, not guaranteed: what may not be shed takes what it takes.
/// </param>
/// <param name="Shed">Names of sources and stages, the first to go first.</param>
internal sealed record Budget(TimeSpan Limit, IReadOnlyList<string> Shed);
