using System.Numerics;

namespace Kindred.Numerics;

/// <summary>
/// Keeps the best scores of a stream in caller-owned spans. Higher is better; equal scores go to the lower index, so that equal inputs give
/// equal lists; NaN never enters.
/// </summary>
/// <param name="indices">[k], overwritten: after <see cref="Sort"/> best first.</param>
/// <param name="scores">[k], overwritten, parallel to <paramref name="indices"/>.</param>
internal ref struct TopK(Span<int> indices, Span<float> scores)
{
    private readonly Span<int> _indices = indices[..Math.Min(indices.Length, scores.Length)];
    private readonly Span<float> _scores = scores[..Math.Min(indices.Length, scores.Length)];

    /// <summary>How many are held; at most k.</summary>
    public int Count { get; private set; }

    /// <summary>A score below this cannot enter.</summary>
    public readonly float Threshold => Count < _scores.Length || Count == 0 ? float.NegativeInfinity : _scores[0];

    /// <summary>Cost: O(1) when it does not enter, O(log k) when it does.</summary>
    public void Offer(int index, float score)
    {
        if (float.IsNaN(score)) return;
        if (Count < _scores.Length)
        {
            // sift up: the root is the worst that is held
            int at = Count++;
            while (at > 0)
            {
                int parent = (at - 1) / 2;
                if (!IsWorse(score, index, _scores[parent], _indices[parent])) break;
                (_scores[at], _indices[at]) = (_scores[parent], _indices[parent]);
                at = parent;
            }
            (_scores[at], _indices[at]) = (score, index);
        }
        else if (Count > 0 && IsWorse(_scores[0], _indices[0], score, index))
        {
            SiftDown(0, Count, score, index);
        }
    }

    /// <summary>Offers scores[n] as index <paramref name="first"/> + n; whole vectors below the threshold cost one comparison.</summary>
    /// <param name="values">[any]</param>
    public void OfferAll(ReadOnlySpan<float> values, int first = 0)
    {
        int n = 0;
        for (; n < values.Length && Count < _scores.Length; n++) Offer(first + n, values[n]);
        int width = Vector<float>.Count;
        for (; n + width <= values.Length; n += width)
        {
            // NaN compares false, so it is skipped here too
            if (!Vector.GreaterThanOrEqualAny(new Vector<float>(values[n..]), new Vector<float>(Threshold))) continue;
            for (int lane = 0; lane < width; lane++) Offer(first + n + lane, values[n + lane]);
        }
        for (; n < values.Length; n++) Offer(first + n, values[n]);
    }

    /// <summary>Orders what is held, best first. Nothing may be offered afterwards.</summary>
    public readonly void Sort()
    {
        for (int end = Count - 1; end > 0; end--)
        {
            var (score, index) = (_scores[end], _indices[end]);
            (_scores[end], _indices[end]) = (_scores[0], _indices[0]);
            SiftDown(0, end, score, index);
        }
    }

    /// <summary>Copies what is held.</summary>
    /// <param name="indices">[count or more]</param>
    /// <param name="scores">Likewise.</param>
    public readonly void CopyTo(Span<int> indices, Span<float> scores)
    {
        _indices[..Count].CopyTo(indices);
        _scores[..Count].CopyTo(scores);
    }

    private readonly void SiftDown(int at, int count, float score, int index)
    {
        while (true)
        {
            int child = (2 * at) + 1;
            if (child >= count) break;
            if (child + 1 < count && IsWorse(_scores[child + 1], _indices[child + 1], _scores[child], _indices[child])) child++;
            if (!IsWorse(_scores[child], _indices[child], score, index)) break;
            (_scores[at], _indices[at]) = (_scores[child], _indices[child]);
            at = child;
        }
        (_scores[at], _indices[at]) = (score, index);
    }

    private static bool IsWorse(float score, int index, float otherScore, int otherIndex) =>
        score < otherScore || (score == otherScore && index > otherIndex);
}
