namespace Kindred.Models.Sequences;

/// <summary>The sizes of a <see cref="Transformer"/>, and the arrays it is made of.</summary>
/// <param name="HistoryLength">L: the most recent items that are looked at.</param>
/// <param name="Dimensions">d</param>
/// <param name="Hidden">h, of the layer between two of d.</param>
/// <param name="Reads">What a position sees of the others.</param>
internal sealed record TransformerShape(int Items, int HistoryLength, int Dimensions, int Blocks, int Heads, int Hidden, Attention Reads)
    : ISequenceShape
{
    /// <summary>
    /// Rows of the table of items: with <see cref="Attention.BothWays"/> the last one is not an item but the question, "what is here?".
    /// </summary>
    public int InputRows => Items + (Reads == Attention.BothWays ? 1 : 0);

    /// <summary>Name, rows and columns of every array; a vector has one row. Weights are [out, in].</summary>
    public IEnumerable<(string Name, int Rows, int Columns)> Arrays
    {
        get
        {
            int d = Dimensions;
            yield return ("items", InputRows, d);
            yield return ("positions", HistoryLength, d);
            for (int block = 0; block < Blocks; block++)
            {
                yield return (AttentionGain(block), 1, d);
                yield return (AttentionShift(block), 1, d);
                yield return (Projection(block), 3 * d, d);
                yield return (ProjectionBias(block), 1, 3 * d);
                yield return (OutProjection(block), d, d);
                yield return (MixingBias(block), 1, d);
                yield return (FeedGain(block), 1, d);
                yield return (FeedShift(block), 1, d);
                yield return (MlpIn(block), Hidden, d);
                yield return (FeedInBias(block), 1, Hidden);
                yield return (MlpOut(block), d, Hidden);
                yield return (FeedOutBias(block), 1, d);
            }
            yield return ("gain", 1, d);
            yield return ("shift", 1, d);
        }
    }

    public static string AttentionGain(int block) => $"{block}.attention.gain";

    public static string AttentionShift(int block) => $"{block}.attention.shift";

    /// <summary>[3·d, d]: queries, keys, values.</summary>
    public static string Projection(int block) => $"{block}.projection";

    public static string ProjectionBias(int block) => $"{block}.projection.bias";

    public static string OutProjection(int block) => $"{block}.mixing";

    public static string MixingBias(int block) => $"{block}.mixing.bias";

    public static string FeedGain(int block) => $"{block}.feed.gain";

    public static string FeedShift(int block) => $"{block}.feed.shift";

    public static string MlpIn(int block) => $"{block}.feed.in";

    public static string FeedInBias(int block) => $"{block}.feed.in.bias";

    public static string MlpOut(int block) => $"{block}.feed.out";

    public static string FeedOutBias(int block) => $"{block}.feed.out.bias";
}

/// <summary>What a position of a sequence sees of the others.</summary>
internal enum Attention
{
    /// <summary>Itself and what was before; the last position says what comes next.</summary>
    Forwards,

    /// <summary>Everything; what comes next is asked for by a position of its own at the end.</summary>
    BothWays,
}
