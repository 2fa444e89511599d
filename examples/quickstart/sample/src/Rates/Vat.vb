''' <summary>Value added tax by country.</summary>
Public Module Vat
    ''' <summary>The rate, as a fraction of the net sum.</summary>
    Public Function Rate(country As String) As Decimal
        Select Case country
            Case "DE" : Return 0.19D
            Case "FR" : Return 0.2D
            Case Else : Return 0D
        End Select
    End Function
End Module
