using Kindred.OnlineExperiments.Design;
using Kindred.OnlineExperiments.Estimation;

namespace Kindred.OnlineExperiments.Interleaving;

/// <summary>Which recommender users prefer, from the clicks on interleaved lists: sums over users that merge.</summary>
/// <remarks>A user is one vote, however much they click: (treatment − control) / all of their credited clicks.</remarks>
public sealed class InterleavingCredits
{
    private double _sum, _squares;

    /// <summary>Users with a credited click.</summary>
    public long Users { get; private set; }

    /// <summary>Users who clicked more of the treatment's items.</summary>
    public long Wins { get; private set; }

    /// <summary>Users who clicked more of control's items.</summary>
    public long Losses { get; private set; }

    /// <summary>Mean vote, −1 to 1: above 0 users prefer the treatment.</summary>
    public double Preference => _sum / Users;

    /// <summary>Adds all credited clicks of a user; without any, the user has no vote.</summary>
    public void Add(long controlClicks, long treatmentClicks)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(controlClicks);
        ArgumentOutOfRangeException.ThrowIfNegative(treatmentClicks);
        if (controlClicks + treatmentClicks == 0) return;
        double vote = (treatmentClicks - controlClicks) / (double)(controlClicks + treatmentClicks);
        Users++;
        _sum += vote;
        _squares += vote * vote;
        if (vote > 0) Wins++;
        if (vote < 0) Losses++;
    }

    public void Merge(InterleavingCredits other)
    {
        ArgumentNullException.ThrowIfNull(other);
        (Users, Wins, Losses) = (Users + other.Users, Wins + other.Wins, Losses + other.Losses);
        (_sum, _squares) = (_sum + other._sum, _squares + other._squares);
    }

    /// <returns>The preference with its interval: Student's t of the users' votes. NaN with fewer than two users.</returns>
    public ConfidenceInterval Interval(double alpha = .05) => Users < 2 ? new(double.NaN, double.NaN, double.NaN)
        : Error == 0 ? new(Preference, Preference, Preference == 0 ? 1 : Math.Pow(2, 1 - Users)) // all votes alike
        : FixedHorizon.Interval(Preference, Error, Users - 1, alpha);

    /// <summary>The interval that holds at all looks together, so that anyone may look at any time and stop when they like.</summary>
    /// <remarks>
    /// Votes of users who prefer neither are symmetric: exp(λΣv − λ²Σv²/2) is then a supermartingale (V. H. de la Peña, "A general class of
    /// exponential inequalities for martingales and ratios", Annals of Probability 1999), and so is its mean over λ ~ N(0, ρ²). So the
    /// p-value, √(ρ²Σv² + 1)·exp(−(ρΣv)² / (2(ρ²Σv² + 1))), holds for any number of users; the interval, as wide as that of
    /// <see cref="ConfidenceSequence"/>, for many. Both are of the looks at different users: who votes anew later changes little.
    /// </remarks>
    /// <param name="tuning">Users with a vote at which it is tightest.</param>
    /// <returns>NaN without a user who prefers an arm.</returns>
    public ConfidenceInterval Sequence(double alpha = .05, double tuning = 100)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(tuning);
        return _squares == 0 ? new(double.NaN, double.NaN, double.NaN)
            : ConfidenceSequence.Interval(Preference, Math.Sqrt(_squares) / Users, _squares, alpha, tuning);
    }

    /// <returns>Users with a vote that a preference of this size needs; compare with <see cref="SampleSize.UnitsFor"/> of an A/B
    /// test. Infinite where there is no preference.</returns>
    public double UsersNeeded(double alpha = .05, double power = .8) => SampleSize.UnitsFor(Preference, Error, Users, alpha, power);

    private double Error
    {
        get
        {
            double variance = Math.Max(0, (_squares - (_sum * _sum / Users)) / (Users - 1));
            return Math.Sqrt(variance / Users);
        }
    }
}
