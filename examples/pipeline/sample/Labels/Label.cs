namespace Labels;

public static class Label
{
    public static string Of(string title, string name) => $"{title}, for {name}";
}
