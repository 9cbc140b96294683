namespace Kindred.Reranking;

/// <summary>The bounds of options, said in one sentence where they are left.</summary>
internal static class OptionCheck
{
    public static int AtLeast(int least, int value, string option) =>
        value >= least ? value : throw new InputException($"{option} must be >= {least}, was {value}.");

    public static float Between(float low, float high, float value, string option) =>
        value >= low && value <= high ? value : throw new InputException($"{option} must be in {low}..{high}, was {value}.");

    public static float Above(float bound, float value, string option) =>
        value > bound && float.IsFinite(value) ? value : throw new InputException($"{option} must be > {bound}, was {value}.");
}
