namespace Kindred.Evaluation.Metrics.Ranking;

/// <summary>
/// With n relevant items, how many of the first n are? Recall and precision are equal at that rank, so no cut-off has to be chosen.
/// C. Buckley, E. Voorhees, "Evaluating Evaluation Measure Stability", SIGIR 2000; the main metric of the RecSys Challenge 2018.
/// </summary>
/// <remarks>Asks for whole lists, as n differs from user to user: the most costly kind of metric.</remarks>
internal sealed record RPrecision : IMetric
{
    public int K => int.MaxValue;

    public MetricDefinition Definition => new("RPrecision",
        "relevant items among the first n / n, where n is the number of relevant items of the user; mean over users.");

    public double Measure(in RankedList ranking) => (double)ranking.HitsAmong(ranking.Relevant.Length) / ranking.Relevant.Length;
}
