using Kindred.Storage;

namespace Kindred.Ranking;

/// <summary>What a score says as a probability.</summary>
internal interface ICalibration
{
    /// <returns>In [0, 1], never falling with the score; NaN for NaN.</returns>
    double ProbabilityOf(double score);

    void Save(TensorWriter writer);
}

/// <summary>Calibrations in files.</summary>
internal static class Calibration
{
    /// <returns>Whichever was saved.</returns>
    /// <exception cref="InputException">None was, or it is damaged.</exception>
    public static ICalibration Load(TensorFile file) =>
        file.Contains(PlattCalibration.Array) ? PlattCalibration.Load(file) : IsotonicCalibration.Load(file);

    /// <exception cref="InputException">Scores and labels do not fit each other, are none, or are no numbers.</exception>
    internal static void Check(ReadOnlySpan<double> scores, ReadOnlySpan<bool> labels)
    {
        if (scores.Length != labels.Length)
            throw new InputException($"There are {scores.Length} scores but {labels.Length} labels; give one for each.");
        if (scores.IsEmpty) throw new InputException("There are no scores to calibrate; give some with labels.");
        foreach (double score in scores)
            if (!double.IsFinite(score)) throw new InputException($"Scores must be finite to be calibrated, one was {score}.");
    }
}
